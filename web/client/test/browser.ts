/**
 * A browser for tests: a jar, a network, a lock and a channel, and tabs that share them.
 *
 * The rule: cookies go out as they are when a request is sent, and an answer changes the jar when it arrives, unless it was given up before.
 */
import type { Channel, Message } from "../src/channel.js";
import type { Clock } from "../src/clock.js";
import { createKeyturn, type Keyturn } from "../src/keyturn.js";
import { type Lock, webLock } from "../src/lock.js";
import type { KeyturnOptions } from "../src/options.js";
import type { Page } from "../src/page.js";
import { VirtualClock } from "./clock.js";
import { type Jar, type Reply, Server } from "./server.js";
import { SIGNED_IN_AT } from "./shapes.js";

/** What the network does to a request: milliseconds there and back, and whether one of the two is lost. */
export interface Fate {
  readonly there?: number;
  readonly back?: number;
  readonly lost?: "there" | "back" | undefined;
}

/** A tab, and what a test does in it. */
export interface Tab {
  readonly keyturn: Keyturn;
  /** The person types. */
  type(): void;
  wake(): void;
  see(isVisible: boolean): void;
}

const SECONDS_OF_SILENCE = 60_000;

export class Browser {
  /** True time, the server's. */
  readonly clock = new VirtualClock(SIGNED_IN_AT);
  readonly server = new Server(this.clock);
  readonly jar: Jar = {};
  /** What becomes of the next request. */
  fate: (method: string, path: string) => Fate = () => ({});
  hasLocks = true;
  hasChannel = true;
  isOffline = false;
  readonly #channels = new Set<(message: Message) => void>();
  readonly #locks = new FakeLocks();
  #jumped = 0;

  /** `skew`: by how many milliseconds the device's wall clock is wrong. */
  constructor(private skew = 0) {}

  /** Somebody sets the device's wall clock. */
  jump(milliseconds: number): void {
    this.skew += milliseconds;
    // As `clock.ts` has it: put forward, it looks like sleep.
    this.#jumped += Math.max(0, milliseconds);
  }

  /** Time as the device tells it. */
  #deviceClock(): Clock {
    const { clock } = this;
    return {
      now: () => clock.now() + this.#jumped,
      wall: () => clock.wall() + this.skew,
      after: (milliseconds, callback) => clock.after(milliseconds, callback),
    };
  }

  /** Opens a tab; nothing is asked before its client is started. */
  open(options: KeyturnOptions = {}, isVisible = true): Tab {
    const page = new FakePage(isVisible);
    const keyturn = createKeyturn({
      baseUrl: "http://localhost",
      clock: this.#deviceClock(),
      fetch: (input, init) => this.fetch(input, init),
      lock: this.#lock(),
      channel: () => this.#channel(),
      page: () => page.open(),
      random: () => 0,
      navigate: () => undefined,
      ...options,
    });
    return { keyturn, type: () => page.input(), wake: () => page.wake(), see: (it) => page.see(it) };
  }

  /** A tab that has started. */
  async started(options: KeyturnOptions = {}): Promise<Tab> {
    const tab = this.open(options);
    await this.clock.until(tab.keyturn.start());
    return tab;
  }

  /** A tab in which Ann has signed in. */
  async signedIn(options: KeyturnOptions = {}): Promise<Tab> {
    const tab = await this.started(options);
    await this.clock.until(tab.keyturn.signIn({ email: "ann@example.org", password: "a heron" }));
    return tab;
  }

  #lock(): Lock {
    return webLock("keyturn", this.clock, () => 5_000, this.hasLocks ? (this.#locks as unknown as LockManager) : undefined);
  }

  #channel(): Channel {
    let own: ((message: Message) => void) | undefined;
    return {
      send: (message) => {
        for (const hear of this.#channels) if (this.hasChannel && hear !== own) this.clock.after(1, () => hear(message));
      },
      listen: (hear) => {
        own = hear;
        this.#channels.add(hear);
      },
      close: () => {
        if (own) this.#channels.delete(own);
      },
    };
  }

  /** The network, with this browser's cookies. */
  async fetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
    const request = input instanceof Request ? input : undefined;
    const { pathname: path } = new URL(request?.url ?? String(input));
    const method = init.method ?? request?.method ?? "GET";
    const signal = init.signal ?? request?.signal ?? new AbortController().signal;
    const { there = 1, back = 1, lost } = this.isOffline ? { lost: "there" as const } : this.fate(method, path);
    const jar = { ...this.jar };
    const text = typeof init.body === "string" ? init.body : ((await request?.text()) ?? "");
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    await this.#pass(this.isOffline ? 1 : there, signal);
    if (this.isOffline) throw new TypeError("Failed to fetch");
    if (lost === "there") return this.#silence(signal);
    const reply = this.server.answer({ method, path, headers: new Headers(init.headers ?? request?.headers), body, jar });
    if (lost === "back") return this.#silence(signal);
    await this.#pass(back, signal);
    this.#keep(reply);
    const headers = { "content-type": "application/json", ...reply.headers };
    return new Response(reply.body === undefined ? null : JSON.stringify(reply.body), { status: reply.status, headers });
  }

  #keep({ set }: Reply): void {
    Object.assign(this.jar, set ?? {});
  }

  async #silence(signal: AbortSignal): Promise<never> {
    await this.#pass(SECONDS_OF_SILENCE, signal);
    throw new TypeError("Failed to fetch");
  }

  #pass(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(new DOMException("aborted", "AbortError"));
      if (signal.aborted) abort();
      const stop = this.clock.after(milliseconds, resolve);
      signal.addEventListener("abort", () => {
        stop();
        abort();
      });
    });
  }
}

class FakePage implements Page {
  #heard: (() => void) | undefined;
  #woken: (() => void) | undefined;

  constructor(private visible: boolean) {}

  open(): Page {
    return this;
  }
  onInput(heard: () => void): void {
    this.#heard = heard;
  }
  onWake(heard: () => void): void {
    this.#woken = heard;
  }
  isVisible(): boolean {
    return this.visible;
  }
  close(): void {
    this.#heard = this.#woken = undefined;
  }
  input(): void {
    this.#heard?.();
  }
  wake(): void {
    this.#woken?.();
  }
  see(isVisible: boolean): void {
    this.visible = isVisible;
  }
}

/** As the browser's: one holder, the others wait their turn or give up. */
class FakeLocks {
  #tail: Promise<unknown> = Promise.resolve();

  async request(_name: string, { signal }: { signal: AbortSignal }, work: () => Promise<unknown>): Promise<unknown> {
    const turn = this.#tail;
    let release: (value?: unknown) => void = () => undefined;
    this.#tail = turn.then(() => new Promise((resolve) => (release = resolve)));
    const isGivenUp = new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
    try {
      await Promise.race([turn, isGivenUp]);
      return await work();
    } finally {
      turn.then(() => release());
    }
  }
}
