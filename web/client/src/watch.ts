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
import type { Clock } from "./clock.js";
import { hear } from "./hearing.js";
import { type Lease, plan } from "./lease.js";
import { warned } from "./machine.js";
import type { Setup } from "./options.js";
import type { Page } from "./page.js";
import type { Session } from "./session.js";

/** A message as it is said: the time is added here. */
export type Said = Message extends infer One ? (One extends Message ? Omit<One, "at"> : never) : never;

/** A request so soon after input is the person's doing. */
const RECENTLY = 15_000;
/** Input so soon after other input is nothing new, neither here nor to other tabs. */
const SAME_INPUT = 2_000;
/** What could not be told is told again after this long. */
const TELL_AGAIN = 5_000;
/** Somebody else's refusal of a younger token isn't about its age. */
const SURELY_YOUNG = 60_000;
const DEFAULT_PATIENCE = 5_000;
/** Before any moment; in seconds, the server can still count it. */
const NEVER = -1e12;

export class Watch {
  lease: Lease | undefined;
  #inputAt = NEVER;
  /** The first input in this tab since the server heard of the last. */
  #untoldSince: number | undefined;
  #actedAt = NEVER;
  #channel: Channel | undefined;
  #page: Page | undefined;
  #stopTimer: (() => void) | undefined;
  readonly #session: Session;
  readonly #setup: Setup;
  readonly #clock: Clock;

  constructor(session: Session) {
    this.#session = session;
    this.#setup = session.setup;
    this.#clock = session.setup.clock;
  }

  /** Begins to listen. Opening a page that is in view is input. */
  open(): void {
    const page = this.#setup.page();
    const channel = this.#setup.channel();
    this.#page = page;
    this.#channel = channel;
    channel.listen((message) => {
      const age = Math.max(0, this.#clock.wall() - message.at);
      if (message.type === "input") this.#input(age);
      else hear(this.#session, message, age);
    });
    page.onInput(() => this.noteInput());
    page.onWake(() => {
      // A page that is hidden may be put to sleep at any time: what is to be told is told now.
      if (!page.isVisible() && this.lease && this.#untoldSince !== undefined) this.#session.due("tell");
      this.tick();
      this.#session.woke(page.isVisible());
    });
    if (page.isVisible()) this.noteInput();
  }

  close(): void {
    this.#stopTimer?.();
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
    this.#channel?.send({ ...said, at: this.#clock.wall() } as Message);
  }

  /** The person did something, here and now. */
  noteInput(): void {
    const now = this.#clock.now();
    if (now - this.#inputAt < SAME_INPUT) return;
    this.#untoldSince ??= now;
    this.tell({ type: "input" });
    this.#input(0);
  }

  /** The server knows of all input until now, or is being told. */
  told(): void {
    this.#untoldSince = undefined;
  }

  /** It could not be told. */
  untold(): void {
    this.#untoldSince ??= this.#clock.now();
  }

  /** Seconds since the person's last input, over all tabs. */
  idleSeconds(): number {
    return Math.floor((this.#clock.now() - this.#inputAt) / 1000);
  }

  /** Whether the person did something just now, so that a request is likely theirs. */
  isRecentlyActive(): boolean {
    return this.#clock.now() - this.#inputAt < RECENTLY;
  }

  /** Whether a token that somebody else refused may have expired. */
  mayHaveExpired(): boolean {
    const { lease } = this;
    return !!lease && this.#clock.now() >= Math.min(lease.renewAt, lease.obtainedAt + SURELY_YOUNG);
  }

  /** Milliseconds to wait for a refresh: half a window, so that whatever it does late is still the same use. */
  patience(): number {
    return (this.lease?.concurrentWindow ?? 0) / 2 || DEFAULT_PATIENCE;
  }

  /** Does what is due, and sets the timer for what comes next. */
  tick(): void {
    this.#stopTimer?.();
    if (!this.#page) return;
    if (!this.lease) {
      this.#session.happened(warned(undefined));
      return;
    }
    const now = this.#clock.now();
    const warnBefore = Math.min(this.#setup.warnBefore, this.lease.idleTimeout / 5);
    const due = plan(this.lease, now, warnBefore, this.#inputAt, this.#untoldSince);
    const held = Math.max(this.#session.renewal.notBefore, due.action === "tell" ? this.#actedAt + TELL_AGAIN : 0) - now;
    this.#stopTimer = this.#clock.after(due.action && held > 0 ? Math.min(held, due.wait) : due.wait, () => this.tick());
    this.#session.happened(warned(due.warning));
    // Where each tab has an access token of its own, a hidden one waits until it needs another.
    const isWanted = due.action !== "renew" || this.#setup.delivery === "cookie" || this.#page.isVisible();
    if (!due.action || !isWanted || held > 0) return;
    this.#actedAt = now;
    this.#session.due(due.action);
  }

  #input(age: number): void {
    this.#inputAt = Math.max(this.#inputAt, this.#clock.now() - age);
    this.tick();
  }
}
