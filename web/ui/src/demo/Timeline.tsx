/**
 * What happened to the session, newest first: when, what, why. Told to screen readers as it happens.
 */
import type { ReactNode } from "react";

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
    <section className={styles.story} aria-labelledby="story-title">
      <h2 id="story-title" className={styles.title}>
        The session’s story
      </h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keyboard too (WCAG 2.1.1) */}
      <div className={styles.roll} role="log" aria-labelledby="story-title" tabIndex={0}>
        <ol className={styles.steps}>
          {toldOnce(steps.toReversed()).map((step) => (
            <li key={step.key} className={styles.step} data-kind={step.kind}>
              <span className={styles.icon}>
                <Icon name={ICONS[step.kind]} />
              </span>
              <p className={styles.head}>
                <span className={`sentence ${styles.what}`}>{step.what}</span>
                <time dateTime={step.at}>{timeOf(step.at)}</time>
              </p>
              {step.why && <p className={styles.why}>{step.why}</p>}
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

/** Why things of one kind happen is told with the newest of them. */
function toldOnce(steps: readonly Step[]): Step[] {
  const told = new Set<StepKind>();
  return steps.map(({ why, ...step }) => {
    if (!why || told.has(step.kind)) return step;
    told.add(step.kind);
    return { ...step, why };
  });
}
