/**
 * What stands where nothing is yet: that it is right so, and what could be done.
 */
import type { ReactNode } from "react";

import { Icon, type IconName } from "../Icon/Icon.tsx";
import styles from "./EmptyState.module.css";

interface Props {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}

export function EmptyState({ icon, title, children }: Props): ReactNode {
  return (
    <div className={styles.empty}>
      <span className={styles.icon}>
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      {children && <div className={styles.words}>{children}</div>}
    </div>
  );
}
