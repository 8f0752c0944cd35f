import { expect, test } from "vitest";

import { estimate } from "./strength.ts";

test("R2.1 what is plainly weak is not called strong, and what takes long to guess is", () => {
  const cases: [string, number, number][] = [
    ["", 0, 0],
    ["aaaaaaaaaaaaaaaa", 0, 1],
    ["password", 0, 1],
    ["P@ssword1", 0, 1],
    ["qwertyuiop", 0, 1],
    ["12345678", 0, 1],
    ["abcdefghijkl", 0, 1],
    ["ann@example.org", 0, 2],
    ["keyturn1", 0, 1],
    ["a heron that stands still", 4, 4],
    ["correct horse battery staple", 4, 4],
    ["mB7#kQz9!x", 3, 4],
  ];
  for (const [password, least, most] of cases) {
    const { strength } = estimate(password, ["ann@example.org"]);
    expect(strength, password).toBeGreaterThanOrEqual(least);
    expect(strength, password).toBeLessThanOrEqual(most);
  }
});

test("what is missing is counted in characters, not in units of an encoding", () => {
  expect(estimate("🦩🦩🦩").missing).toBe(5);
  expect(estimate("long enough").missing).toBe(0);
});
