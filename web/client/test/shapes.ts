/**
 * Answers of the server as tests need them: Ann's session, signed in at `SIGNED_IN_AT`, with the default times.
 */
import type { Session, SessionContext, TokenAnswer } from "../src/api.js";
import type { User } from "../src/machine.js";

export const SIGNED_IN_AT: number = Date.parse("2026-01-01T00:00:00Z");
export const MINUTE = 60_000;

export const ANN: User = { id: "ann", email: "ann@example.org", username: null, permissions: [] };

export const at = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** A session whose person was last active at `activeAt`, by the server's clock. */
export function aSession(change: Partial<Session> = {}, activeAt = SIGNED_IN_AT, renewedAt = activeAt): Session {
  return {
    id: "00000000-0000-7000-8000-000000000001",
    user_id: ANN.id,
    state: "active",
    is_active: true,
    is_authenticated: true,
    session_start: at(SIGNED_IN_AT),
    last_login: at(SIGNED_IN_AT),
    last_activity: at(activeAt),
    session_timeout: 60,
    idle_ends_at: at(activeAt + 60 * MINUTE),
    ends_at: at(SIGNED_IN_AT + 7 * 24 * 60 * MINUTE),
    last_refresh: null,
    next_refresh: at(renewedAt + 25 * MINUTE),
    generation: 0,
    delivery: "cookie",
    ip_address: null,
    user_agent: null,
    current: true,
    ended_at: null,
    end_reason: null,
    ...change,
  };
}

/** What a sign-in or a refresh at `now` answers. */
export function anAnswer(now = SIGNED_IN_AT, session: Session = aSession({}, now)): TokenAnswer {
  return {
    now: at(now),
    token_type: "bearer",
    expires_in: 30 * 60,
    refresh_in: 25 * 60,
    refresh_expires_in: 60 * 60,
    next_refresh: at(now + 25 * MINUTE),
    concurrent_window: 10,
    user_id: session.user_id,
    email: `${session.user_id}@example.org`,
    username: null,
    permissions: [],
    session,
  };
}

/** What `GET /auth/session` answers at `now` about a session whose access token was made at `renewedAt`. */
export function aContext(session: Session, renewedAt: number, now = renewedAt): SessionContext & { user_id: string; session: Session } {
  const { user_id } = session;
  const common = { user_id, state: "active", created_at: at(renewedAt), is_active: true, is_rotated: false } as const;
  return {
    now: at(now),
    is_authenticated: true,
    user_id,
    email: `${user_id}@example.org`,
    username: null,
    permissions: [],
    account_state: "active",
    session,
    tokens: [{ ...common, id: `${session.id}.${session.generation}`, token_type: "access", expires_at: at(renewedAt + 30 * MINUTE) }],
  };
}
