/**
 * The server has rotated the token, and its reply never arrives: who asks again gets the same successor (R1.5).
 */
import { LATER, linesOf, onStage, type Outcome, refreshes, type Stage } from "./act.ts";

export async function loseReply(stage: Stage): Promise<Outcome> {
  const { id, generation } = await onStage(stage);
  await stage.backstage.advance(LATER);
  await stage.backstage.loseReply();
  const [after, seen] = await stage.traffic.record(() => stage.keyturn.refresh());
  const asked = refreshes(seen);
  const moved = (after.session?.generation ?? generation) - generation;
  const isSame = moved === 1 && asked.length > 1;
  return {
    session: id,
    verdict: isSame
      ? "Still in: asked twice, moved on once. The same successor came again."
      : `Still in, after ${asked.length} requests; the generation moved by ${moved}.`,
    lines: linesOf(asked, "the browser"),
  };
}
