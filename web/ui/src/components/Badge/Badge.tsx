/**
 * A state in one word.
 */
import type { ReactNode } from "react";

import styles from "./Badge.module.css";

interface Props {
  readonly look?: "good" | "plain" | "warning" | "bad";
  readonly children: ReactNode;
}

export function Badge({ look = "plain", children }: Props): ReactNode {
  return <span className={`${styles.badge} ${styles[look]}`}>{children}</span>;
}
