/**
 * When a session is to be renewed, warned about and asked after, as pure functions.
 *
 * The rule: it is renewed when the server says that it is due, min(5 minutes, a fifth of the lifetime) before the access token expires,
 * and only if the person did something since the last time; who comes back later is renewed at once. The renewal tells the age of the
 * person's last input, so that the idle end follows what they do. Between renewals the tab that the person uses tells of it twelve times per
 * idle time-out, so that a machine that goes to sleep takes no more than that with it.
 *
 * The caveat: moments are the client's clock in milliseconds. The server's times are turned into spans by the server's own `now`, which
 * comes with them, so that neither clock needs to be right.
 */
import type { SignedIn } from "./context.js";

/** What is known about how long the session lasts. */
export interface Lease {
  /** When the tokens were handed out. */
  readonly obtainedAt: number;
  /** When they are to be renewed. */
  readonly renewAt: number;
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
const JITTER = 0.02;
const TOLD_PER_TIMEOUT = 12;

/**
 * The lease that an answer of the server speaks of, which came at `came`. `random` in [0, 1) has tabs renew one after the other, within the
 * last fiftieth of the time until it is due. Being asked after is no renewal: what it leaves as it was is in `held`.
 */
export function leaseOf(answer: SignedIn, came: number, random: number, held?: Lease): Lease {
  const { session } = answer;
  const moment = (time: string | null): number => came + Date.parse(time ?? "") - Date.parse(answer.now);
  const dueAt = moment(session.next_refresh);
  const endsAt = moment(session.ends_at);
  const isRenewal = "concurrent_window" in answer;
  return {
    obtainedAt: isRenewal || !held ? came : held.obtainedAt,
    concurrentWindow: isRenewal ? answer.concurrent_window * 1000 : (held?.concurrentWindow ?? 0),
    renewAt: dueAt - random * JITTER * (dueAt - came),
    endsAt,
    idleEndsAt: Math.min(endsAt, moment(session.idle_ends_at)),
    idleTimeout: session.session_timeout * 60_000,
  };
}

/**
 * What to do. `warnBefore` is how long before the idle end to warn, in milliseconds; `inputAt` when the person last did something in any tab,
 * `untoldSince` when first in this tab since the server was told.
 */
export function plan(lease: Lease, now: number, warnBefore: number, inputAt: number, untoldSince: number = Number.POSITIVE_INFINITY): Plan {
  const { idleEndsAt, idleTimeout } = lease;
  const warnAt = idleEndsAt - warnBefore;
  const askAt = idleEndsAt + AFTER_THE_END;
  const renewAt = inputAt > lease.obtainedAt ? lease.renewAt : Number.POSITIVE_INFINITY;
  const tellAt = Math.max(untoldSince, Math.min(untoldSince + idleTimeout / TOLD_PER_TIMEOUT, warnAt));
  const isWarned = now >= warnAt && idleEndsAt < lease.endsAt;
  return {
    action: now >= askAt ? "ask" : now >= renewAt ? "renew" : now >= tellAt ? "tell" : undefined,
    warning: isWarned && now < askAt ? Math.max(0, Math.ceil((idleEndsAt - now) / 1000)) : undefined,
    wait: Math.min(
      isWarned ? 1000 : LONGEST_WAIT,
      ...[warnAt, askAt, renewAt, tellAt].map((moment) => (moment > now ? moment - now : LONGEST_WAIT)),
    ),
  };
}
