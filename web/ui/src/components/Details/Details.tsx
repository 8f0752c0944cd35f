/**
 * Facts, each under its name.
 */
import type { ReactNode } from "react";

import styles from "./Details.module.css";

interface Props {
  readonly facts: readonly (readonly [name: string, fact: ReactNode])[];
}

export function Details({ facts }: Props): ReactNode {
  return (
    <dl className={styles.details}>
      {facts.map(([name, fact]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );
}
