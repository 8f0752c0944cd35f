/**
 * One act: its button, what it promises and then its verdict, the requests behind it, and the same by hand.
 */
import { type ReactNode, useId } from "react";

import { Button } from "../components/Button/Button.tsx";
import { Icon } from "../components/Icon/Icon.tsx";
import styles from "./ActCard.module.css";
import type { Act } from "./acts/index.ts";
import type { Facts } from "./backstage.ts";
import { byHand } from "./by-hand.ts";
import { Copyable } from "./Copyable.tsx";
import { Lines } from "./Lines.tsx";
import type { Result } from "./theatre.ts";

interface Props {
  readonly act: Act;
  readonly result: Result | undefined;
  /** Played last: its requests are shown. */
  readonly isLatest: boolean;
  readonly isPlaying: boolean;
  /** Something is being played, or nothing can be yet. */
  readonly isTaken: boolean;
  readonly facts: Facts | undefined;
  readonly address: string;
  readonly onPlay: () => void;
}

export function ActCard({ act, result, isLatest, isPlaying, isTaken, facts, address, onPlay }: Props): ReactNode {
  const promise = useId();
  return (
    <li className={styles.card} data-latest={isLatest} data-played={result?.times ?? 0}>
      <Button
        icon={act.icon}
        look={act.name === "thief" ? "danger" : "second"}
        busy={isPlaying}
        aria-describedby={result ? undefined : promise}
        onClick={() => (isTaken ? undefined : onPlay())}
      >
        {act.title}
      </Button>
      {!result && (
        <p className={styles.promise} id={promise}>
          {act.promise}
        </p>
      )}
      <div role="status" className={styles.verdict} data-look={result && "failure" in result ? "warning" : "good"}>
        {result && <Icon name={"failure" in result ? "info" : "check"} />}
        {result && <p>{"failure" in result ? `${result.failure} Sign Ann in again, then play.` : result.outcome.verdict}</p>}
      </div>
      {result && "outcome" in result && isLatest && <Lines lines={result.outcome.lines} />}
      {facts && (
        <div className={styles.hands}>
          <details>
            <summary>curl</summary>
            <Copyable label={`curl for: ${act.title}`} text={byHand(act.name, address, facts)} />
          </details>
          <details>
            <summary>explain</summary>
            <Explained act={act} result={result} facts={facts} />
          </details>
        </div>
      )}
    </li>
  );
}

function Explained({ act, result, facts }: { readonly act: Act; readonly result: Result | undefined; readonly facts: Facts }): ReactNode {
  if (!result || !("outcome" in result)) {
    return <p className={styles.promise}>Play it: then `keyturn explain` has a story to tell.</p>;
  }
  return (
    <>
      <Copyable label={`explain for: ${act.title}`} text={`${facts.explain} ${result.outcome.session}`} />
      {result.told && <pre className={styles.told}>{result.told}</pre>}
    </>
  );
}
