/**
 * The renewal of a session: one at a time, given up in time, tried again, and never a verdict of its own.
 *
 * The rule: whoever asks while one is under way waits for that one. An attempt is given up after half a `concurrent_window` (5 seconds where
 * that is unknown or zero), so that its late effect still counts as the same use of the token, and tried again after a growing, jittered
 * pause, or as `Retry-After` says. Only the server's word ends a session: whatever else goes wrong leaves it as it was.
 *
 * The caveat: a sign-out or a new sign-in cancels it; an answer that is under way then is passed over.
 */
import type { TokenAnswer } from "./api.js";
import { KeyturnError } from "./error.js";
import { unanswered } from "./machine.js";
import type { Session } from "./session.js";

const ATTEMPTS = 3;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;
/** Who waits for a renewal waits this long for its next attempt, and is told to come back otherwise. */
const LONGEST_WAIT = 5_000;

export class Renewal {
  /** When the next attempt may be made, by the clock. */
  notBefore = 0;
  readonly #session: Session;
  #flight: Promise<void> | undefined;
  #failures = 0;
  #lastError: KeyturnError | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Renews; resolves when the session has been renewed, by this tab or another. */
  renew(): Promise<void> {
    if (this.#flight) return this.#flight;
    const flight = this.#run(this.#session).finally(() => {
      if (this.#flight === flight) this.#flight = undefined;
    });
    this.#flight = flight;
    return flight;
  }

  /** Forgets what is under way: its era is over. */
  forget(): void {
    this.#flight = undefined;
    this.recover();
  }

  /** Forgets failures: the network may be back. */
  recover(): void {
    this.#failures = this.notBefore = 0;
  }

  async #run({ era, serial, lock }: Session): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      await this.#pause(era);
      try {
        const answer = await lock.run(async () => (era.aborted || this.#session.serial !== serial ? undefined : this.#attempt(era)));
        if (era.aborted) throw new KeyturnError("superseded");
        this.recover();
        if (answer) this.#session.accept(answer);
        return;
      } catch (cause) {
        this.#fail(KeyturnError.from(cause), era, attempt);
      }
    }
  }

  #attempt(signal: AbortSignal): Promise<TokenAnswer> {
    const { wire, watch } = this.#session;
    const body = { idle_seconds: watch.idleSeconds() };
    return wire.ask("/auth/refresh", { body, patience: watch.patience(), signal });
  }

  /** Returns where another attempt may be made, throws where not. */
  #fail(error: KeyturnError, era: AbortSignal, attempt: number): void {
    if (era.aborted) throw new KeyturnError("superseded");
    if (!error.isPassing) {
      this.#session.judged(error);
      throw error;
    }
    this.#lastError = error;
    this.#failures += 1;
    this.notBefore = this.#session.setup.clock.now() + this.#delay(error);
    this.#session.happened(unanswered);
    if (attempt === ATTEMPTS) throw error;
  }

  #delay({ retryAfter = 0 }: KeyturnError): number {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1));
    return Math.max(retryAfter * 1000, pause / 2) + (this.#session.setup.random() * pause) / 2;
  }

  async #pause(era: AbortSignal): Promise<void> {
    const wait = this.notBefore - this.#session.setup.clock.now();
    if (wait > LONGEST_WAIT && this.#lastError) throw this.#lastError;
    if (wait > 0) await this.#session.pause.wait(wait);
    if (era.aborted) throw new KeyturnError("superseded");
  }
}
