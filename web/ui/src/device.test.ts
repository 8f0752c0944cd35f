import { expect, test } from "vitest";

import agents from "../../../crates/core/tests/it/agents.json" with { type: "json" };
import { deviceOf } from "./device.ts";

/** As the server puts it together (`device` in `crates/core/src/words.rs`). */
function words(agent: string): string {
  const { client, system } = deviceOf(agent);
  if (client && system) return `${client} on ${system}`;
  return client ?? (system ? `a client on ${system}` : "an unknown client");
}

test("R5.1 devices are told by the marks that only they have, in the server's words", () => {
  for (const [agent = "", said, kind] of agents) {
    expect(words(agent), agent).toBe(said);
    expect(deviceOf(agent).kind, agent).toBe(kind);
  }
  expect(deviceOf(null)).toEqual({ client: undefined, system: undefined, kind: "computer" });
});
