/**
 * Nobody does anything for as long as a session bears it: it is over, says so, and leads to the sign-in (R1.6).
 */
import { linesOf, nextRequest, onStage, type Outcome, type Stage, verdictOf } from "./act.ts";

export async function lunch(stage: Stage): Promise<Outcome> {
  const { id, session_timeout: minutes } = await onStage(stage);
  await stage.backstage.advance(`${minutes}m`);
  const [, seen] = await stage.traffic.record(() => nextRequest(stage));
  return {
    session: id,
    verdict: `After ${minutes} minutes without activity: ${verdictOf(stage)}. Nothing but signing in helps, and the page says so.`,
    lines: [
      { who: "the clock", what: `moves on by ${minutes} minutes`, said: "lunch", look: "plain", count: 1 },
      ...linesOf(seen, "Ann’s browser"),
    ],
  };
}
