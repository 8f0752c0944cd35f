/**
 * The states of R2.7 and what leads from one to the other, as a pure function.
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

/** What can happen to it. */
export type Happening =
  | { readonly type: "asking" }
  /** A sign-in came to nothing: back to how it was. */
  | { readonly type: "back"; readonly to: Snapshot }
  | { readonly type: "recognised"; readonly user: User; readonly session: Session }
  | { readonly type: "ended"; readonly reason: EndReason | undefined }
  /** The person signed out here. */
  | { readonly type: "left" }
  | { readonly type: "nobody" }
  | { readonly type: "refused"; readonly reason?: EndReason }
  | { readonly type: "answered" }
  | { readonly type: "unanswered" }
  | { readonly type: "warned"; readonly endsInSeconds: number }
  | { readonly type: "unwarned" };

/** Before anything is known. */
export const START: Snapshot = Object.freeze({
  status: "authenticating",
  user: undefined,
  session: undefined,
  reason: undefined,
  idleWarning: undefined,
  offline: false,
});

/** What a state becomes. */
export function next(state: Snapshot, happening: Happening): Snapshot {
  switch (happening.type) {
    case "asking":
      return changed(state, { status: "authenticating", idleWarning: undefined });
    case "back":
      return changed(state, happening.to);
    case "recognised": {
      const { user, session } = happening;
      return changed(state, { ...gone(undefined), status: "authenticated", user, session, idleWarning: state.idleWarning });
    }
    case "ended":
      return ended(state, happening.reason);
    case "left":
      return changed(state, { ...gone("signed_out"), status: "unauthenticated" });
    case "nobody":
      return state.session && state.status === "authenticated"
        ? ended(state, undefined)
        : changed(state, { ...gone(state.reason), status: state.reason ? statusAfter(state.reason) : "unauthenticated" });
    case "refused":
      return changed(state, { ...gone(happening.reason ?? state.reason), status: "unauthorized" });
    case "answered":
      return changed(state, { offline: false });
    case "unanswered":
      return changed(state, { offline: true });
    case "warned":
      return state.status === "authenticated" ? warned(state, happening.endsInSeconds) : state;
    case "unwarned":
      return changed(state, { idleWarning: undefined });
  }
}

/** The first verdict stands: a session that is over does not end again. */
function ended(state: Snapshot, reason: EndReason | undefined): Snapshot {
  if (state.status === "expired" || state.status === "unauthorized") return state;
  return changed(state, { ...gone(reason), status: statusAfter(reason) });
}

function statusAfter(reason: EndReason | undefined): Status {
  if (reason === "signed_out") return "unauthenticated";
  return reason === "account_state" || reason === "account_deleted" ? "unauthorized" : "expired";
}

function gone(reason: EndReason | undefined): Partial<Snapshot> {
  return { user: undefined, session: undefined, idleWarning: undefined, offline: false, reason };
}

function warned(state: Snapshot, endsInSeconds: number): Snapshot {
  return state.idleWarning?.endsInSeconds === endsInSeconds ? state : { ...state, idleWarning: { endsInSeconds } };
}

function changed(state: Snapshot, change: Partial<Snapshot>): Snapshot {
  const keys = Object.keys(change) as (keyof Snapshot)[];
  return keys.every((key) => Object.is(state[key], change[key])) ? state : { ...state, ...change };
}
