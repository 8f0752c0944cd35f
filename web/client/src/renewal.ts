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
import type { Lock } from "./lock.js";
import type { Wire } from "./wire.js";

/** What the renewal asks of the session that it renews. */
export interface Renewable {
  /** Aborted by a sign-in, a sign-out and an end. */
  readonly era: AbortSignal;
  /** Changes when this tab has got other tokens, perhaps by another tab's renewal. */
  readonly serial: number;
  readonly watch: { idleSeconds(): number; patience(): number };
  accept(answer: TokenAnswer): Promise<void>;
  /** The server's verdict: no renewal will help. */
  judged(error: KeyturnError): void;
  unanswered(): void;
  /** Waits; waking up and the era's end cut it short. */
  readonly pause: { wait(milliseconds: number): Promise<void> };
}

const ATTEMPTS = 3;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;
/** Who waits for a renewal waits this long for its next attempt, and is told to come back otherwise. */
const LONGEST_WAIT = 5_000;

export class Renewal {
  #flight: Promise<void> | undefined;
  #failures = 0;
  #notBefore = 0;
  #lastError: KeyturnError | undefined;

  constructor(
    private readonly session: Renewable,
    private readonly wire: Wire,
    private readonly lock: Lock,
    private readonly random: () => number,
  ) {}

  /** When the next attempt may be made, by the clock. */
  get notBefore(): number {
    return this.#notBefore;
  }

  /** Renews; resolves when the session has been renewed, by this tab or another. */
  renew(): Promise<void> {
    if (this.#flight) return this.#flight;
    const flight = this.#run(this.session.era).finally(() => {
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
    this.#failures = 0;
    this.#notBefore = 0;
  }

  async #run(era: AbortSignal): Promise<void> {
    const { serial } = this.session;
    for (let attempt = 1; ; attempt += 1) {
      await this.#pause(era);
      try {
        const answer = await this.lock.run(async () => (era.aborted || this.session.serial !== serial ? undefined : this.#attempt(era)));
        if (era.aborted) throw superseded();
        this.recover();
        if (answer) await this.session.accept(answer);
        return;
      } catch (cause) {
        this.#fail(KeyturnError.from(cause), era, attempt);
      }
    }
  }

  /** Returns where another attempt may be made, throws where not. */
  #fail(error: KeyturnError, era: AbortSignal, attempt: number): void {
    if (era.aborted || error.code === "superseded") throw superseded();
    if (!error.isPassing) {
      this.session.judged(error);
      throw error;
    }
    this.#lastError = error;
    this.#failures += 1;
    this.#notBefore = this.wire.clock.now() + this.#delay(error);
    this.session.unanswered();
    if (attempt === ATTEMPTS) throw error;
  }

  #delay({ retryAfter }: KeyturnError): number {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1));
    return Math.max((retryAfter ?? 0) * 1000, pause / 2) + (this.random() * pause) / 2;
  }

  async #attempt(era: AbortSignal): Promise<TokenAnswer> {
    const response = await this.wire.ask("/auth/refresh", {
      method: "POST",
      body: { idle_seconds: this.session.watch.idleSeconds() },
      patience: this.session.watch.patience(),
      signal: era,
    });
    return (await response.json()) as TokenAnswer;
  }

  async #pause(era: AbortSignal): Promise<void> {
    const wait = this.#notBefore - this.wire.clock.now();
    if (wait > LONGEST_WAIT && this.#lastError) throw this.#lastError;
    if (wait > 0) await this.session.pause.wait(wait);
    if (era.aborted) throw superseded();
  }
}

function superseded(): KeyturnError {
  return new KeyturnError("superseded", { message: "A sign-out or a newer sign-in came first." });
}
