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
  /** The session is to be renewed, or asked after. */
  due(): void;
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
  #toldInputAt = Number.NEGATIVE_INFINITY;
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
    if (now - this.#toldInputAt >= TELL_INPUT) {
      this.#toldInputAt = now;
      this.tell({ type: "input" });
    }
    this.#input(0);
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
    const { idleEndsAt, obtainedAt } = this.lease;
    const warnBefore = Math.min(this.setup.warnBefore, (idleEndsAt - obtainedAt) / 5);
    const due = plan(this.lease, now, this.#inputAt, warnBefore);
    const held = this.watched.notBefore - now;
    this.#stopTimer = this.setup.clock.after(due.action && held > 0 ? Math.min(held, due.wait) : due.wait, () => this.tick());
    this.watched.warned(due.warning);
    // Where each tab has an access token of its own, a hidden one waits until it needs another.
    const isWanted = due.action === "ask" || this.setup.delivery === "cookie" || this.#page.isVisible();
    if (due.action && isWanted && held <= 0) this.watched.due();
  }

  #input(age: number): void {
    this.#inputAt = Math.max(this.#inputAt, this.setup.clock.now() - age);
    this.tick();
  }
}
