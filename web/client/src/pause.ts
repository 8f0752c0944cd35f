/**
 * Waiting that can be cut short: by waking up, or by the end of what it is for.
 */
import type { Clock } from "./clock.js";

export class Pause {
  readonly #ends = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        stop();
        this.#ends.delete(end);
        resolve();
      };
      const stop = this.clock.after(milliseconds, end);
      this.#ends.add(end);
    });
  }

  /** Ends every waiting. */
  end(): void {
    for (const end of [...this.#ends]) end();
  }
}
