/**
 * Time that stands still until a test moves it, for all tabs of a test at once.
 *
 * The rule: between two moments everything that is waiting for nothing but its turn gets it, so that a test is the same in every run.
 */
import type { Clock } from "../src/clock.js";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #now = 0;
  #timers: Timer[] = [];

  constructor(private readonly wallAtZero: number) {}

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.wallAtZero + this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((it) => it !== timer);
    };
  }

  /** Passes time, moment by moment. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (;;) {
      const due = this.#next(end);
      if (!due) break;
      this.#timers = this.#timers.filter((it) => it !== due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await settle();
    }
    this.#now = end;
  }

  /** Passes time as a sleeping machine does: what was due in it comes late, all at once. */
  sleep(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    return this.advance(0);
  }

  /** Passes time until a promise is settled; answers it. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    promise.then(
      () => {
        isSettled = true;
      },
      () => {
        isSettled = true;
      },
    );
    await settle();
    while (!isSettled) {
      const due = this.#next(Number.POSITIVE_INFINITY);
      if (!due) throw new Error("nothing is due that could settle it");
      await this.advance(Math.max(0, due.at - this.#now));
    }
    return promise;
  }

  #next(end: number): Timer | undefined {
    const due = this.#timers.filter((it) => it.at <= end);
    return due.reduce<Timer | undefined>((first, it) => (first && first.at <= it.at ? first : it), undefined);
  }
}

/** Lets everything run that waits for nothing but its turn; reading a body takes a few. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
