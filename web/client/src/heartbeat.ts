/**
 * Tells the server what the person did between two renewals, so that the idle end follows it.
 *
 * The rule: it tells the age of the last input, so that being late does not make anybody more active than they were. What could not be told
 * is told with the next one, or by the next renewal.
 */
import type { Session as SessionShape } from "./api.js";
import { KeyturnError } from "./error.js";
import { unanswered } from "./machine.js";
import type { Session } from "./session.js";

export async function tellInput(session: Session): Promise<void> {
  const { era, watch } = session;
  watch.told();
  try {
    const state = await session.wire.ask<SessionShape>("/auth/activity", {
      body: { idle_seconds: watch.idleSeconds() },
      headers: session.bearer(),
      patience: watch.patience(),
      signal: era,
      keepalive: true,
    });
    if (era.aborted) return;
    session.prolonged(state);
    watch.tell({ type: "told", state });
  } catch (cause) {
    const error = KeyturnError.from(cause);
    if (era.aborted) return;
    watch.untold();
    if (error.code === "token-expired") await session.renew();
    else if (error.isPassing) session.happened(unanswered);
    else session.refused(error);
  }
}
