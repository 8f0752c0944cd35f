/**
 * The requests behind a verdict: who asked what, what was said, and one mark for each.
 */
import type { ReactNode } from "react";

import type { Line } from "./acts/act.ts";
import styles from "./Lines.module.css";

export function Lines({ lines }: { readonly lines: readonly Line[] }): ReactNode {
  return (
    <ul className={styles.lines}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of one outcome never change their order
        <li key={index} className={styles.line} data-look={line.look}>
          <span className={styles.marks} aria-hidden="true">
            {Array.from({ length: line.count }, (_, mark) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: marks are all alike
              <i key={mark} />
            ))}
          </span>
          <span className={styles.asked}>
            {line.count > 1 && <b>{line.count} × </b>}
            {line.who && `${line.who}: `}
            <code>{line.what}</code>
          </span>
          <span className={styles.said}>{line.said}</span>
        </li>
      ))}
    </ul>
  );
}
