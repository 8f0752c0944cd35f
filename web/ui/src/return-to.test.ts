import { expect, test } from "vitest";

import { destination } from "./return-to.ts";

test("R3.5 people come back to a path of this origin, and this side goes nowhere else", () => {
  const cases: [string | undefined, string][] = [
    ["/app/tasks?open=1#notes", "own"],
    ["/", "own"],
    ["/b%C3%BCcher", "own"],
    ["/search?q=a//b", "own"],
    ["https://app.example/tasks", "judged-by-server"],
    ["//evil.example", "none"],
    ["/\\evil.example", "none"],
    ["/%5cevil.example", "none"],
    ["/%2f/evil.example", "none"],
    ["/a/../b", "none"],
    ["/..//evil.example", "none"],
    ["/\t/evil.example", "none"],
    ["/a b", "none"],
    ["javascript:alert(1)", "none"],
    ["data:text/html,x", "none"],
    ["tasks", "none"],
    ["", "none"],
    [undefined, "none"],
  ];
  for (const [asked, kind] of cases) expect(destination(asked).kind, String(asked)).toBe(kind);
});
