/**
 * The states of R2.7 and what leads from one to the other, as pure functions: whatever happens makes of a state the next one.
 *
 * The rule: only a verdict of the server, a sign-out by the person, or word from another tab of either, takes a session away. No answer
 * is no verdict: it sets `offline` and nothing else. The reason of an ending stays until the next sign-in.
 *
 * The caveat: a state that does not change keeps its identity, which `getSnapshot` promises to whoever subscribes.
 */
import type { EndReason, Session } from "./api.js";

/**
 * - `unauthenticated`: nobody is signed in.
 * - `authenticating`: it is being found out, at the start or during a sign-in.
 * - `authenticated`: somebody is signed in.
 * - `expired`: a session was here and has ended; `reason` says why. Signing in again helps.
 * - `unauthorized`: something was asked for without proper credentials, or the account is not let in (`reason` `account_state` or
 *   `account_deleted`).
 */
export type Status = "unauthenticated" | "authenticating" | "authenticated" | "expired" | "unauthorized";

/** Who is signed in. */
export interface User {
  /** The account as applications know it: `sub` of its tokens. */
  readonly id: string;
  readonly email: string | null;
  readonly username: string | null;
  readonly permissions: readonly string[];
}

/** What `getSnapshot` answers; the same object until something changes. */
export interface Snapshot {
  readonly status: Status;
  /** Set while `authenticated`; `authenticating` keeps who was there before. */
  readonly user: User | undefined;
  readonly session: Session | undefined;
  /** Why the last session ended, until the next sign-in. */
  readonly reason: EndReason | undefined;
  /** Set from shortly before the idle end on: offer the person to `stay()`. */
  readonly idleWarning: { readonly endsInSeconds: number } | undefined;
  /** Whether the last question to the server got no answer. Says nothing about the session. */
  readonly offline: boolean;
}

/** Before anything is known. */
export const START: Snapshot = {
  status: "authenticating",
  user: undefined,
  session: undefined,
  reason: undefined,
  idleWarning: undefined,
  offline: false,
};

/** Something that happens: what it makes of a state. */
export type Happening = (state: Snapshot) => Snapshot;

/** A sign-in begins. */
export const asking: Happening = (state) => changed(state, { status: "authenticating", idleWarning: undefined });

/** A sign-in came to nothing: back to how it was. Whoever signs in before it is known who is there was nobody. */
export function back(before: Snapshot): Happening {
  return (state) => changed(state, before.status === "authenticating" ? { ...before, status: "unauthenticated" } : before);
}

export function recognised(user: User, session: Session): Happening {
  return (state) => changed(state, { ...START, status: "authenticated", user, session, idleWarning: state.idleWarning });
}

/** The first verdict stands: a session that is over does not end again. */
export function ended(reason: EndReason | undefined): Happening {
  return (state) => (state.status === "expired" || state.status === "unauthorized" ? state : over(state, statusAfter(reason), reason));
}

/** The person signed out here. */
export const left: Happening = (state) => over(state, "unauthenticated", "signed_out");

/** The server knows of nobody. */
export const nobody: Happening = (state) => {
  if (state.session && state.status === "authenticated") return ended(undefined)(state);
  return over(state, state.reason ? statusAfter(state.reason) : "unauthenticated", state.reason);
};

/** Something was asked for that these credentials, or none, don't allow. */
export function refused(reason?: EndReason): Happening {
  return (state) => over(state, "unauthorized", reason ?? state.reason);
}

export const unanswered: Happening = (state) => changed(state, { offline: true });

/** So many seconds are left until the idle end; undefined while it is far. */
export function warned(endsInSeconds: number | undefined): Happening {
  return (state) => {
    if (state.status !== "authenticated" || state.idleWarning?.endsInSeconds === endsInSeconds) return state;
    return { ...state, idleWarning: endsInSeconds === undefined ? undefined : { endsInSeconds } };
  };
}

function statusAfter(reason: EndReason | undefined): Status {
  if (reason === "signed_out") return "unauthenticated";
  return reason === "account_state" || reason === "account_deleted" ? "unauthorized" : "expired";
}

/** Nobody is signed in, or any more. */
function over(state: Snapshot, status: Status, reason: EndReason | undefined): Snapshot {
  return changed(state, { ...START, status, reason });
}

function changed(state: Snapshot, change: Partial<Snapshot>): Snapshot {
  const keys = Object.keys(change) as (keyof Snapshot)[];
  return keys.every((key) => state[key] === change[key]) ? state : { ...state, ...change };
}
