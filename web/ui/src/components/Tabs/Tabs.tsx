/**
 * The same list, looked at in different ways: links, so that each has an address.
 */
import type { ReactNode } from "react";

import styles from "./Tabs.module.css";

interface Props {
  readonly label: string;
  readonly children: ReactNode;
}

export function Tabs({ label, children }: Props): ReactNode {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {children}
    </nav>
  );
}
