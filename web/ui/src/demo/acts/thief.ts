/**
 * Somebody has copied the refresh token and uses it: the session ends, and both sides are told why (R3.4).
 */
import { linesOf, nextRequest, onStage, type Outcome, type Stage, toldLine, verdictOf } from "./act.ts";

export async function steal(stage: Stage): Promise<Outcome> {
  const { id } = await onStage(stage);
  const thief = await stage.backstage.steal();
  const [, seen] = await stage.traffic.record(() => nextRequest(stage));
  const owner = verdictOf(stage);
  const told = thief.body?.reason;
  return {
    session: id,
    verdict:
      told === owner
        ? `The copy was worth nothing, and the session is over. The thief and Ann are both told: ${told}.`
        : `The thief was told ${told ?? thief.status}, Ann ${owner}.`,
    lines: [toldLine("the thief", "POST /auth/refresh", thief), ...linesOf(seen, "Ann’s browser")],
  };
}
