/**
 * The access token expires, and ten requests are under way: one renewal serves them all (R3.5).
 */
import type { SessionContext } from "@keyturn/client";

import { linesOf, NobodyThere, onStage, type Outcome, refreshes, type Stage } from "./act.ts";

export const REQUESTS = 10;
/** So that it has expired by any count. */
const MARGIN = 5_000;

export async function expire(stage: Stage): Promise<Outcome> {
  const { id } = await onStage(stage);
  await stage.backstage.advance(`${await secondsLeft(stage)}s`);
  const ten = Array.from({ length: REQUESTS }, () => () => stage.keyturn.fetch("/auth/account"));
  const [answers, seen] = await stage.traffic.record(() => Promise.all(ten.map((ask) => ask())));
  const good = answers.filter((answer) => answer.ok).length;
  const renewals = refreshes(seen).length;
  return {
    session: id,
    verdict: `${good} answers, ${renewals === 1 ? "one refresh" : `${renewals} refreshes`}: nobody noticed that the token had expired.`,
    lines: linesOf(seen),
  };
}

/** Until the access token expires, by the server's clock. */
async function secondsLeft({ keyturn, backstage }: Stage): Promise<number> {
  const answer = await keyturn.fetch("/auth/session");
  const { tokens } = (await answer.json()) as Partial<SessionContext>;
  const access = tokens?.find((token) => token.token_type === "access");
  if (!access) throw new NobodyThere("This session is over.");
  const { now } = await backstage.facts();
  return Math.ceil((Date.parse(access.expires_at) - Date.parse(now) + MARGIN) / 1000);
}
