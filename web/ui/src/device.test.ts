import { expect, test } from "vitest";

import { deviceOf } from "./device.ts";

test("R5.1 browsers and systems are told by the marks that only they have", () => {
  const cases: [string | null, string | undefined, string | undefined, boolean][] = [
    ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36", "Chrome", "Linux", false],
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0", "Edge", "Windows", false],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1", "Safari", "iPhone", true],
    ["Mozilla/5.0 (Linux; Android 15) Chrome/156.0.0.0 Mobile Safari/537.36", "Chrome", "Android", true],
    ["curl/8.5.0", "curl", undefined, false],
    ["a thing of its own", undefined, undefined, false],
    [null, undefined, undefined, false],
  ];
  for (const [agent, client, system, isPhone] of cases) {
    expect(deviceOf(agent), agent ?? "none").toEqual({ client, system, isPhone });
  }
});
