/**
 * Ann signs her phone out from here: its next call is refused, some milliseconds later (R5.1).
 */
import { KeyturnError } from "@keyturn/client";

import type { PhoneCall } from "../backstage.ts";
import { type Line, NobodyThere, onStage, type Outcome, type Stage, toldLine } from "./act.ts";

const CALL = "GET /auth/session";

export async function signOutPhone(stage: Stage): Promise<Outcome> {
  await onStage(stage);
  const lines: Line[] = [];
  const before = await calling(stage, lines);
  lines.push(toldLine("the phone", CALL, before));
  const { phone_session_id: id } = await stage.backstage.facts();
  if (id === null) throw new NobodyThere("The phone never signed in.");
  const ended = await stage.keyturn.fetch(`/auth/sessions/${id}`, { method: "DELETE" });
  if (!ended.ok) throw await KeyturnError.of(ended);
  lines.push({ who: "Ann", what: "signs the phone out", said: String(ended.status), look: "good", count: 1 });
  const at = stage.now();
  const after = await stage.backstage.callPhone();
  const took = Math.max(1, Math.round(stage.now() - at));
  lines.push(toldLine("the phone", CALL, after));
  const refused = after.status === 401;
  return {
    session: id,
    verdict: refused
      ? `Refused ${took} ms after the sign-out: ${after.body?.reason ?? after.body?.code}.`
      : `The phone’s call was answered ${after.status}.`,
    lines,
  };
}

/** A call that succeeds: a phone that lay there for too long signs in first. */
async function calling({ backstage }: Stage, lines: Line[]): Promise<PhoneCall> {
  const call = await backstage.callPhone();
  if (call.status === 200) return call;
  await backstage.signInPhone();
  lines.push({ who: "the phone", what: "signs in again", said: "200", look: "good", count: 1 });
  return backstage.callPhone();
}
