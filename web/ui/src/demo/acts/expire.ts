/**
 * The access token expires, and ten requests are under way: one renewal serves them all (R3.5).
 */
import type { SessionContext } from "@keyturn/client";

import { linesOf, nextRequest, NobodyThere, onStage, type Outcome, refreshes, type Stage } from "./act.ts";

export const REQUESTS = 10;
/** So that it has expired by any count. */
const MARGIN = 5_000;

export async function expire(stage: Stage): Promise<Outcome> {
  const { id } = await onStage(stage);
  await stage.backstage.advance(`${await secondsLeft(stage)}s`);
  const ten = (): Promise<Response[]> => Promise.all(Array.from({ length: REQUESTS }, () => nextRequest(stage)));
  const [answers, seen] = await stage.traffic.record(ten);
  const good = answers.filter((answer) => answer.ok).length;
  const renewals = refreshes(seen).length;
  return {
    session: id,
    verdict: `${good} answers, ${renewals === 1 ? "one refresh" : `${renewals} refreshes`}: nobody noticed that the token had expired.`,
    lines: linesOf(seen),
  };
}

/** Until the access token expires, by the server's clock. */
async function secondsLeft({ keyturn }: Stage): Promise<number> {
  const answer = await keyturn.fetch("/auth/session");
  const { now, tokens } = (await answer.json()) as Partial<SessionContext>;
  const access = tokens?.find((token) => token.token_type === "access");
  if (!now || !access) throw new NobodyThere("This session is over.");
  return Math.ceil((Date.parse(access.expires_at) - Date.parse(now) + MARGIN) / 1000);
}
