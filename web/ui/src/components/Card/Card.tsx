/**
 * What belongs together, under one heading.
 */
import { type ReactNode, useId } from "react";

import styles from "./Card.module.css";

interface Props {
  readonly title?: string;
  readonly lead?: ReactNode;
  readonly look?: "plain" | "danger";
  /** Lists reach to the edges. */
  readonly flush?: boolean;
  readonly children?: ReactNode;
}

export function Card({ title, lead, look = "plain", flush = false, children }: Props): ReactNode {
  const id = useId();
  return (
    <section className={styles.card} data-look={look} data-flush={flush} aria-labelledby={title ? id : undefined}>
      {(title || lead) && (
        <header className={styles.head}>
          {title && <h2 id={id}>{title}</h2>}
          {lead && <p className={styles.lead}>{lead}</p>}
        </header>
      )}
      {children}
    </section>
  );
}
