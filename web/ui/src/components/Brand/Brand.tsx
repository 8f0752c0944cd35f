/**
 * What people know the application by: its picture, or the mark in the accent colour, beside its name.
 */
import type { ReactNode } from "react";

import { useSurroundings } from "../../surroundings.tsx";
import styles from "./Brand.module.css";

export function Brand(): ReactNode {
  const { settings } = useSurroundings();
  return (
    <span className={styles.brand}>
      {settings.logo ? <img className={styles.logo} src={settings.logo} alt="" height={32} /> : <Mark />}
      <span className={styles.name}>{settings.name}</span>
    </span>
  );
}

/** A key's turn. */
export function Mark(): ReactNode {
  return (
    <svg className={styles.mark} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect className={styles.plate} width="32" height="32" rx="8" />
      <path className={styles.line} d="M22.6 11.2a8 8 0 1 0 1.2 6.6M23.6 6.4v5.4h-5.4" />
      <circle className={styles.dot} cx="16" cy="16" r="2.6" />
    </svg>
  );
}
