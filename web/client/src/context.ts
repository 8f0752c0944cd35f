/**
 * Reading a session context: who is signed in, if anybody is.
 */
import type { Session, SessionContext } from "./api.js";
import type { User } from "./machine.js";

/** Whether somebody is signed in. */
export function hasSession(context: SessionContext): context is SessionContext & { session: Session } {
  return context.is_authenticated && context.session !== null;
}

/** Who it is. */
export function userIn({ user_id, email, username, permissions }: SessionContext): User {
  return { id: user_id ?? "", email, username, permissions };
}
