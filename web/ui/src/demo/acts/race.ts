/**
 * Two tabs refresh at once with the same cookie, in a browser without locks: both get the same successor (R3.5).
 */
import { LATER, linesOf, onStage, type Outcome, refreshes, type Stage } from "./act.ts";

export async function race(stage: Stage): Promise<Outcome> {
  const { id, generation } = await onStage(stage);
  await stage.backstage.advance(LATER);
  const tabs = [stage.tab(), stage.tab()];
  const [, seen] = await stage.traffic.record(() => Promise.all(tabs.map((tab) => tab.refresh())));
  for (const tab of tabs) tab.dispose();
  await stage.keyturn.reload();
  const got = refreshes(seen).map((asked) => asked.generation);
  const isSame = got.length === 2 && got.every((each) => each === generation + 1);
  return {
    session: id,
    verdict: isSame
      ? `Two refreshes, one successor: both tabs hold generation ${generation + 1}.`
      : `The tabs got the generations ${got.join(" and ")}.`,
    lines: refreshes(seen).flatMap((asked, index) => linesOf([asked], index === 0 ? "one tab" : "the other tab")),
  };
}
