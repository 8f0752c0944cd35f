/**
 * What happened to the session, newest first: when, what, why. Told to screen readers as it happens.
 */
import type { ReactNode } from "react";

import { Card } from "../components/Card/Card.tsx";
import { Icon, type IconName } from "../components/Icon/Icon.tsx";
import type { Step, StepKind } from "./chronicle.ts";
import { timeOf } from "./moments.ts";
import styles from "./Timeline.module.css";

const ICONS: Readonly<Record<StepKind, IconName>> = {
  began: "key",
  renewed: "undo",
  again: "people",
  clock: "clock",
  ended: "alert",
  event: "log",
};

export function Timeline({ steps }: { readonly steps: readonly Step[] }): ReactNode {
  return (
    <Card title="The session’s story" lead="As it happens, newest first.">
      <ol className={styles.steps} role="log" aria-label="The session’s story" aria-relevant="additions">
        {steps.toReversed().map((step) => (
          <li key={step.key} className={styles.step} data-kind={step.kind}>
            <span className={styles.icon}>
              <Icon name={ICONS[step.kind]} />
            </span>
            <div>
              <p className={`sentence ${styles.what}`}>{step.what}</p>
              {step.why && <p className={styles.why}>{step.why}</p>}
              <time className={styles.at} dateTime={step.at}>
                {timeOf(step.at)}
              </time>
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}
