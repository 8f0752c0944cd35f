/**
 * When something is due, and what is heard from the person, the page and the other tabs.
 *
 * The rule: nothing here decides what a state becomes. It keeps the lease and the moment of the last input, asks `plan` in `lease.ts` what to
 * do, and says so to the session.
 *
 * The caveat: timers of hidden tabs and sleeping machines are late. Every waking looks at the plan again, and the plan goes by the time that it
 * is, not by the time that it should have been.
 */
import type { Channel, Message } from "./channel.js";
import { type Lease, plan } from "./lease.js";
import type { Setup } from "./options.js";
import type { Page } from "./page.js";

/** What the watch tells. */
export interface Watched {
  /** The session is to be renewed or asked after, or the server to be told of input. */
  due(action: "renew" | "tell" | "ask"): void;
  /** Seconds until the idle end, once it is time to say so. */
  warned(endsInSeconds: number | undefined): void;
  heard(message: Message, age: number): void;
  /** The page may have slept; `isVisible` says whether somebody looks at it. */
  woke(isVisible: boolean): void;
  /** By the clock: no renewal before this moment. */
  readonly notBefore: number;
}

/** A message as it is said: the time is added here. */
export type Said = Message extends infer One ? (One extends Message ? Omit<One, "at"> : never) : never;

/** A request so soon after input is the person's doing. */
const RECENTLY = 15_000;
/** Other tabs are told of input this often. */
const TELL_INPUT = 5_000;
/** Somebody else's refusal of a younger token isn't about its age. */
const SURELY_YOUNG = 60_000;
const DEFAULT_PATIENCE = 5_000;
const MOST_IDLE_SECONDS = 0xffff_ffff;

export class Watch {
  lease: Lease | undefined;
  #inputAt = Number.NEGATIVE_INFINITY;
  /** The first input in this tab since the server heard of the last. */
  #untoldSince: number | undefined;
  #actedAt = Number.NEGATIVE_INFINITY;
  #sharedAt = Number.NEGATIVE_INFINITY;
  #channel: Channel | undefined;
  #page: Page | undefined;
  #stopTimer: () => void = () => undefined;

  constructor(
    private readonly setup: Setup,
    private readonly watched: Watched,
  ) {}

  /** Begins to listen. Opening a page that is in view is input. */
  open(): void {
    const page = this.setup.page();
    const channel = this.setup.channel();
    [this.#page, this.#channel] = [page, channel];
    channel.listen((message) => {
      const age = Math.max(0, this.setup.clock.wall() - message.at);
      if (message.type === "input") this.#input(age);
      else this.watched.heard(message, age);
    });
    page.onInput(() => this.noteInput());
    page.onWake(() => {
      // A page that is hidden may be put to sleep at any time: what is to be told is told now.
      if (!page.isVisible() && this.lease && this.#untoldSince !== undefined) this.watched.due("tell");
      this.tick();
      this.watched.woke(page.isVisible());
    });
    if (page.isVisible()) this.noteInput();
  }

  close(): void {
    this.#stopTimer();
    this.#channel?.close();
    this.#page?.close();
    this.#channel = this.#page = undefined;
  }

  /** Goes by this lease from now on, or by none. */
  hold(lease: Lease | undefined): void {
    this.lease = lease;
    this.tick();
  }

  tell(said: Said): void {
    this.#channel?.send({ ...said, at: this.setup.clock.wall() } as Message);
  }

  /** The person did something, here and now. */
  noteInput(): void {
    const now = this.setup.clock.now();
    this.#untoldSince ??= now;
    if (now - this.#sharedAt >= TELL_INPUT) {
      this.#sharedAt = now;
      this.tell({ type: "input" });
    }
    this.#input(0);
  }

  /** The server knows of all input until now, or is being told. */
  told(): void {
    this.#untoldSince = undefined;
  }

  /** It could not be told. */
  untold(): void {
    this.#untoldSince ??= this.setup.clock.now();
  }

  /** Seconds since the person's last input, over all tabs. */
  idleSeconds(): number {
    const seconds = Math.floor((this.setup.clock.now() - this.#inputAt) / 1000);
    return Math.min(Math.max(seconds, 0), MOST_IDLE_SECONDS);
  }

  /** Whether the person did something just now, so that a request is likely theirs. */
  isRecentlyActive(): boolean {
    return this.setup.clock.now() - this.#inputAt < RECENTLY;
  }

  /** Whether a token that somebody else refused may have expired. */
  mayHaveExpired(): boolean {
    const now = this.setup.clock.now();
    return this.lease !== undefined && (now >= this.lease.expiresAt || now - this.lease.obtainedAt >= SURELY_YOUNG);
  }

  /** Milliseconds to wait for a refresh: half a window, so that whatever it does late is still the same use. */
  patience(): number {
    return (this.lease?.concurrentWindow ?? 0) / 2 || DEFAULT_PATIENCE;
  }

  /** Does what is due, and sets the timer for what comes next. */
  tick(): void {
    this.#stopTimer();
    if (!this.#page) return;
    if (!this.lease) {
      this.watched.warned(undefined);
      return;
    }
    const now = this.setup.clock.now();
    const warnBefore = Math.min(this.setup.warnBefore, this.lease.idleTimeout / 5);
    const due = plan(this.lease, now, { inputAt: this.#inputAt, untoldSince: this.#untoldSince }, warnBefore);
    const held = Math.max(this.watched.notBefore, due.action === "tell" ? this.#actedAt + TELL_INPUT : 0) - now;
    this.#stopTimer = this.setup.clock.after(due.action && held > 0 ? Math.min(held, due.wait) : due.wait, () => this.tick());
    this.watched.warned(due.warning);
    // Where each tab has an access token of its own, a hidden one waits until it needs another.
    const isWanted = due.action !== "renew" || this.setup.delivery === "cookie" || this.#page.isVisible();
    if (!due.action || !isWanted || held > 0) return;
    this.#actedAt = now;
    this.watched.due(due.action);
  }

  #input(age: number): void {
    this.#inputAt = Math.max(this.#inputAt, this.setup.clock.now() - age);
    this.tick();
  }
}
