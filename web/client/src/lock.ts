/**
 * One refresh at a time among the tabs, where the browser can.
 *
 * The rule: a lock is a courtesy, never a condition. It is held around one request and no longer, nobody waits for it beyond
 * `patience`, and without it everything works: the server settles races. An orphaned lock therefore costs seconds, not a sign-in.
 */
import type { Clock } from "./clock.js";

/** Runs work alone among the tabs, or at the latest after its patience not alone. */
export interface Lock {
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** The browser's Web Locks; where there are none (plain http beyond localhost), no lock at all. */
export function webLock(name: string, clock: Clock, patience: () => number, locks: LockManager | undefined): Lock {
  return {
    async run<T>(work: () => Promise<T>): Promise<T> {
      if (!locks) return work();
      const waiting = new AbortController();
      const stop = clock.after(patience(), () => waiting.abort());
      let held: Promise<T> | undefined;
      try {
        await locks.request(name, { signal: waiting.signal }, () => {
          stop();
          held = work();
          return held.catch(() => undefined);
        });
      } catch {
        // Not granted in time, or not at all in this context.
      }
      stop();
      return held ?? work();
    },
  };
}
