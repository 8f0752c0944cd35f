/**
 * What the server says about who is signed in, whichever answer says it.
 */
import type { Session, SessionContext } from "./api.js";
import type { Renewed } from "./channel.js";
import type { User } from "./machine.js";

/** An answer that speaks of somebody: to a sign-in, a renewal, or a question. */
export type SignedIn = Renewed | SomebodysContext;

type SomebodysContext = SessionContext & { readonly user_id: string; readonly session: Session };

/** Whether it does: a context without a session is nobody's. */
export function isSignedIn(context: SessionContext): context is SomebodysContext {
  return context.session !== null;
}

/** Of whom. */
export function userIn({ user_id, email, username, permissions }: SignedIn): User {
  return { id: user_id, email, username, permissions };
}
