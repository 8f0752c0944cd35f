/**
 * The shape of rows that are on their way, as high as they will be, so that nothing jumps when they come.
 */
import type { ReactNode } from "react";

import { useTexts } from "../../surroundings.tsx";
import styles from "./Skeleton.module.css";

interface Props {
  readonly rows: number;
  /** In rem. */
  readonly height?: "line" | "row" | "tall";
}

export function Skeleton({ rows, height = "row" }: Props): ReactNode {
  const t = useTexts();
  return (
    <div className={styles.skeleton} role="status" aria-label={t("loading")}>
      {Array.from({ length: rows }, (_, row) => `row ${row}`).map((row) => (
        <div key={row} className={styles[height]} aria-hidden="true">
          <span />
          <span />
        </div>
      ))}
    </div>
  );
}
