import { expect, test } from "vitest";

import { timesOf } from "./times.ts";

test("what is near is said in the largest unit that fits, towards now", () => {
  const { near } = timesOf("en");
  const now = Date.parse("2026-11-21T12:00:00Z");
  const cases: [string, string][] = [
    ["2026-11-21T12:00:00Z", "now"],
    ["2026-11-21T11:59:01Z", "now"],
    ["2026-11-21T11:55:01Z", "4 minutes ago"],
    ["2026-11-21T09:30:00Z", "2 hours ago"],
    ["2026-11-20T11:00:00Z", "yesterday"],
    ["2026-12-20T12:00:00Z", "in 29 days"],
    ["2025-10-20T12:00:00Z", "last year"],
  ];
  for (const [iso, words] of cases) expect(near(iso, now), iso).toBe(words);
});
