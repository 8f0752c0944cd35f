/**
 * What another tab's words mean for this one.
 *
 * The rule: word of an end or a renewal counts for the session that it names, and for no other. Word of a sign-in, or of a session that this tab
 * doesn't know, is a reason to ask the server.
 */
import type { Message, Renewed } from "./channel.js";
import { ended } from "./machine.js";
import type { Session } from "./session.js";

/** Hears what was said so many milliseconds ago. */
export function hear(session: Session, message: Message, age: number): void {
  const known = session.snapshot.session?.id;
  if (message.type === "signed-in") session.lookAnew();
  if (message.type === "ended" && message.session === known) session.end(ended(message.reason));
  if (message.type === "told") session.prolonged(message.state);
  if (message.type !== "renewed" || !known) return;
  if (message.answer.session.id === known) shareRenewal(session, message.answer, age);
  else session.lookAnew();
}

/** Another tab has renewed this session. */
function shareRenewal(session: Session, answer: Renewed, age: number): void {
  const { setup, watch } = session;
  if (watch.lease && watch.lease.obtainedAt > setup.clock.now() - age) return;
  // The jar's token is everybody's; one in memory is each tab's own.
  if (setup.delivery === "cookie") session.renewed(answer, age);
  else {
    watch.told();
    session.prolonged(answer.session);
  }
}
