/**
 * What a client can be told, and what it goes by where it is told nothing.
 */
import type { Delivery } from "./api.js";
import { broadcastChannel, type Channel } from "./channel.js";
import { type Clock, systemClock } from "./clock.js";
import { type Lock, webLock } from "./lock.js";
import { browserPage, type Page } from "./page.js";

/** How to make a client. Everything may be left out where Keyturn answers on the page's own origin. */
export interface KeyturnOptions {
  /** Where Keyturn is, for example `https://auth.example.org`. Default: the page's own origin. */
  readonly baseUrl?: string;
  /**
   * `cookie` (default): both tokens in HttpOnly cookies. `hybrid`: the access token in memory, sent as `Authorization: Bearer` to Keyturn
   * and to `resources`, for APIs on other hosts.
   */
  readonly delivery?: Delivery;
  /** Origins of your own APIs, which get the access token in `hybrid` delivery. Nobody else ever does. */
  readonly resources?: readonly string[];
  /** Seconds before the idle end at which `idleWarning` appears; at most a fifth of the time-out. Default 120. */
  readonly warnBeforeSeconds?: number;
  /** Where people sign in. Default `/signin`, Keyturn's own page. */
  readonly signInUrl?: string;
  /** `message` (default): the state says so and the page shows it. `redirect`: leaves for `signInUrl`, which leads back. */
  readonly onExpired?: "message" | "redirect";
  /** The following are for tests and for surroundings that differ from a browser. */
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
  readonly lock?: Lock;
  readonly channel?: () => Channel;
  readonly page?: () => Page;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly navigate?: (url: string) => void;
}

/** Options with every default filled in. */
export interface Setup {
  readonly base: URL;
  readonly delivery: Delivery;
  readonly resources: readonly string[];
  readonly warnBefore: number;
  readonly signInUrl: string;
  readonly onExpired: "message" | "redirect";
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly lock: (patience: () => number) => Lock;
  readonly channel: () => Channel;
  readonly page: () => Page;
  readonly random: () => number;
  readonly navigate: (url: string) => void;
}

const WARN_BEFORE_SECONDS = 120;

export function setupOf({
  baseUrl,
  delivery = "cookie",
  resources = [],
  warnBeforeSeconds = WARN_BEFORE_SECONDS,
  signInUrl = "/signin",
  onExpired = "message",
  fetch = (...asked) => globalThis.fetch(...asked),
  clock = systemClock(),
  lock,
  channel,
  page = browserPage,
  random = Math.random,
  navigate = (url) => globalThis.location.assign(url),
}: KeyturnOptions): Setup {
  // On a server that renders there is neither page nor lock; nothing is asked there.
  const base = new URL(baseUrl ?? globalThis.location?.origin ?? "http://localhost");
  const name = `keyturn ${base.origin}`;
  // Tabs with pages of another version, whose messages differ, don't hear each other: raised with each change of `Message`.
  const spoken = `${name} 2`;
  return {
    base,
    delivery,
    resources: resources.map((url) => new URL(url).origin),
    warnBefore: warnBeforeSeconds * 1000,
    signInUrl,
    onExpired,
    fetch,
    clock,
    lock: (patience) => lock ?? webLock(name, clock, patience, globalThis.navigator?.locks),
    channel: channel ?? (() => broadcastChannel(spoken)),
    page,
    random,
    navigate,
  };
}
