/**
 * The demo's clock. When it is moved one sees it run; where people want no motion it jumps.
 */
import { type ReactNode, useEffect, useRef, useState } from "react";

import { Badge } from "../components/Badge/Badge.tsx";
import styles from "./DemoClock.module.css";

/** Milliseconds that it runs for. */
const RUNS = 1_200;
const TICK = 250;

/** `ahead`: milliseconds ahead of this machine's clock. */
export function DemoClock({ ahead }: { readonly ahead: number }): ReactNode {
  const shown = useRunning(ahead);
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), TICK);
    return () => clearInterval(timer);
  }, []);
  const now = new Date(Date.now() + shown);
  const minutes = Math.round(ahead / 60_000);
  return (
    <p className={styles.clock} data-runs={shown !== ahead}>
      <span className={styles.label}>Demo clock</span>
      <time className={styles.time} dateTime={now.toISOString()}>
        {now.toLocaleTimeString("en-GB")}
      </time>
      {minutes > 0 && <Badge look="warning">{`${spelled(minutes)} ahead`}</Badge>}
    </p>
  );
}

function spelled(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  return [hours > 0 && `${hours} h`, minutes % 60 > 0 && `${minutes % 60} min`].filter(Boolean).join(" ");
}

/** A number on its way to this one. */
function useRunning(target: number): number {
  const [shown, show] = useState(target);
  const from = useRef(target);
  useEffect(() => {
    const start = performance.now();
    const begin = from.current;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches || Math.abs(target - begin) < 5_000 || begin === 0;
    let frame = 0;
    const step = (): void => {
      const part = isCalm ? 1 : Math.min(1, (performance.now() - start) / RUNS);
      from.current = begin + (target - begin) * (1 - (1 - part) ** 3);
      if (part === 1) from.current = target;
      show(from.current);
      if (part < 1) frame = requestAnimationFrame(step);
    };
    step();
    return () => cancelAnimationFrame(frame);
  }, [target]);
  return shown;
}
