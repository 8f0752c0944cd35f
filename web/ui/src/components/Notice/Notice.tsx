/**
 * Something to know, above what it concerns. A failure is told at once (`alert`), everything else when there is a pause (`status`).
 */
import type { ReactNode } from "react";

import { Icon } from "../Icon/Icon.tsx";
import styles from "./Notice.module.css";

interface Props {
  readonly kind?: "info" | "good" | "warning" | "failure";
  readonly children: ReactNode;
}

const ICONS = { info: "info", good: "check", warning: "clock", failure: "alert" } as const;

export function Notice({ kind = "info", children }: Props): ReactNode {
  return (
    <div className={`${styles.notice} ${styles[kind]}`} role={kind === "failure" ? "alert" : "status"}>
      <Icon name={ICONS[kind]} />
      <div>{children}</div>
    </div>
  );
}
