/**
 * Waiting that can be cut short: by waking up, or by the end of what it is for.
 */
import type { Clock } from "./clock.js";

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

export interface Pause {
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Tries again, after pauses that grow, until it is done or its era is over. */
  readonly until: (isDone: () => Promise<boolean>, era: AbortSignal) => Promise<void>;
  /** Ends every waiting. */
  readonly end: () => void;
}

export function pauseOf(clock: Clock): Pause {
  const ends = new Set<() => void>();
  const wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        stop();
        ends.delete(end);
        resolve();
      };
      const stop = clock.after(milliseconds, end);
      ends.add(end);
    });
  return {
    wait,
    async until(isDone, era) {
      for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
        await wait(pause);
        if (era.aborted || (await isDone())) return;
      }
    },
    end() {
      for (const end of [...ends]) end();
    },
  };
}
