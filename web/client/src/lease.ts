/**
 * When a session is to be renewed, warned about and asked after, as pure functions.
 *
 * The rule: it is renewed when the server says that it is due, min(5 minutes, a fifth of the lifetime) before the access token expires,
 * and only if the person did something since the last time; who comes back later is renewed at once. The renewal tells the age of the
 * person's last input, so that the idle end follows what they do. Between renewals the tab that the person uses tells of it twelve times per
 * idle time-out, so that a machine that goes to sleep takes no more than that with it.
 *
 * The caveat: moments are the client's clock in milliseconds. The server's times are turned into spans first, since the two clocks need not
 * agree.
 */
import type { Renewed } from "./channel.js";
import type { Session, SessionContext } from "./api.js";

/** What is known about how long the session lasts. */
export interface Lease {
  readonly obtainedAt: number;
  readonly renewAt: number;
  /** When the access token expires. */
  readonly expiresAt: number;
  /** When the session ends unless the person does something. */
  readonly idleEndsAt: number;
  /** When it ends in any case. */
  readonly endsAt: number;
  /** How long the session lasts without input. */
  readonly idleTimeout: number;
  /** Milliseconds within which several refreshes by one browser are one; 0 where that is off. */
  readonly concurrentWindow: number;
}

/** What the client should do now, and when to think again. */
export interface Plan {
  readonly action: "renew" | "tell" | "ask" | undefined;
  /** Seconds until the idle end, once it is time to warn. */
  readonly warning: number | undefined;
  /** Milliseconds until the next look. */
  readonly wait: number;
}

/** A look at least this often, so that waking from sleep is noticed even where no event tells it. */
const LONGEST_WAIT = 30_000;
/** An answer about the end is asked for this long after it, when it is no longer too early. */
const AFTER_THE_END = 500;
const JITTER = 0.1;
const TOLD_PER_TIMEOUT = 12;

/** The lease of a token answer that came at `now`, or so many milliseconds ago; `random` in [0, 1) spreads the tabs' renewals. */
export function leaseOf(answer: Renewed, now: number, random: number, age = 0): Lease {
  const came = now - age;
  const server = Date.parse(answer.next_refresh) - answer.refresh_in * 1000;
  const margin = (answer.expires_in - answer.refresh_in) * 1000;
  return {
    ...ends(answer.session, came, server),
    obtainedAt: came,
    renewAt: came + answer.refresh_in * 1000 + Math.floor(random * JITTER * margin),
    expiresAt: came + answer.expires_in * 1000,
    concurrentWindow: answer.concurrent_window * 1000,
  };
}

/**
 * The lease of a session context that came at `now`. `server` is the server's time, in milliseconds since 1970, as far as it is known; `held`
 * what was known of this session before: being asked after is no renewal, and tells no input.
 */
export function leaseOfContext(
  { session, tokens }: SessionContext & { session: Session },
  now: number,
  server: number,
  random: number,
  held: Lease | undefined,
): Lease {
  const access = tokens.find((token) => token.token_type === "access");
  const expires = Date.parse(access?.expires_at ?? session.idle_ends_at);
  const due = Date.parse(session.next_refresh ?? session.idle_ends_at);
  return {
    obtainedAt: held?.obtainedAt ?? now,
    concurrentWindow: held?.concurrentWindow ?? 0,
    ...ends(session, now, server),
    renewAt: now + due - server + Math.floor(random * JITTER * Math.max(0, expires - due)),
    expiresAt: now + expires - server,
  };
}

/** What a session says about its ends, at `now`; `server` is the server's time then. */
export function ends(session: Session, now: number, server: number): Pick<Lease, "idleEndsAt" | "endsAt" | "idleTimeout"> {
  const endsAt = now + Date.parse(session.ends_at) - server;
  const idleEndsAt = Math.min(endsAt, now + Date.parse(session.idle_ends_at) - server);
  return { endsAt, idleEndsAt, idleTimeout: session.session_timeout * 60_000 };
}

/** When the person was last seen to do something. */
export interface Seen {
  /** In any tab. */
  readonly inputAt: number;
  /** In this tab, and not told to the server yet; undefined where all is told. */
  readonly untoldSince: number | undefined;
}

/** What to do; `warnBefore` is how long before the idle end to warn, in milliseconds. */
export function plan(lease: Lease, now: number, { inputAt, untoldSince }: Seen, warnBefore: number): Plan {
  const warnAt = lease.idleEndsAt - warnBefore;
  const askAt = lease.idleEndsAt + AFTER_THE_END;
  const renewAt = inputAt > lease.obtainedAt ? lease.renewAt : Number.POSITIVE_INFINITY;
  const tellAt =
    untoldSince === undefined ? Number.POSITIVE_INFINITY : Math.min(untoldSince + lease.idleTimeout / TOLD_PER_TIMEOUT, warnAt);
  const until = [warnAt, askAt, renewAt, tellAt].filter((moment) => moment > now);
  const isWarned = now >= warnAt && lease.idleEndsAt < lease.endsAt;
  return {
    action: now >= askAt ? "ask" : now >= renewAt ? "renew" : now >= tellAt ? "tell" : undefined,
    warning: isWarned && now < askAt ? Math.max(0, Math.ceil((lease.idleEndsAt - now) / 1000)) : undefined,
    wait: Math.min(isWarned ? 1000 : LONGEST_WAIT, ...until.map((moment) => moment - now)),
  };
}
