/**
 * One row of a list that leads to a page of its own: a title, facts below it, a state at the end.
 */
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

import styles from "./Row.module.css";

interface Props {
  readonly link: Pick<LinkProps, "to" | "params">;
  readonly title: ReactNode;
  readonly facts: ReactNode;
  readonly end?: ReactNode;
}

export function Row({ link, title, facts, end }: Props): ReactNode {
  return (
    <li className={styles.row}>
      <div className={styles.words}>
        <Link className={styles.title ?? ""} {...link}>
          {title}
        </Link>
        <p className={styles.facts}>{facts}</p>
      </div>
      {end}
    </li>
  );
}
