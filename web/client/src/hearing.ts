/**
 * What another tab's words mean for this one.
 *
 * The rule: word of an end or a renewal counts for the session that it names, and for no other. Word of a sign-in, or of a session that this tab
 * doesn't know, is a reason to ask the server.
 */
import type { Message, Renewed } from "./channel.js";
import { leaseOf } from "./lease.js";
import type { Session } from "./session.js";

export function hear(session: Session, message: Message, age: number): void {
  const known = session.snapshot.session?.id;
  if (message.type === "signed-in") session.lookAnew();
  if (message.type === "ended" && message.session === known) session.end({ type: "ended", reason: message.reason }, undefined);
  if (message.type === "told") session.prolonged(message.state, age);
  if (message.type !== "renewed" || !known) return;
  if (message.answer.session.id === known) shareRenewal(session, message.answer, age);
  else session.lookAnew();
}

/** Another tab has renewed this session. */
function shareRenewal(session: Session, answer: Renewed, age: number): void {
  const { setup, watch } = session;
  const lease = leaseOf(answer, setup.clock.now(), setup.random(), age);
  if (watch.lease && watch.lease.obtainedAt > lease.obtainedAt) return;
  watch.told();
  // The jar's token is everybody's; one in memory is each tab's own.
  if (setup.delivery === "cookie") {
    session.serial += 1;
    watch.hold(lease);
  }
  session.prolonged(answer.session, age);
}
