/**
 * A moment: how far away, with day and minute for whoever points at it; or the other way round.
 */
import type { ReactNode } from "react";

import { useSurroundings } from "../../surroundings.tsx";

interface Props {
  readonly at: string;
  readonly exact?: boolean;
  /** It lies ahead; else it is past, whatever the reader's clock says. */
  readonly ahead?: boolean;
}

export function Time({ at, exact = false, ahead = false }: Props): ReactNode {
  const { times } = useSurroundings();
  const here = Date.now();
  const near = times.near(at, ahead ? here : Math.max(here, Date.parse(at)));
  const [words, title] = exact ? [times.exactly(at), near] : [near, times.exactly(at)];
  return (
    <time dateTime={at} title={title}>
      {words}
    </time>
  );
}
