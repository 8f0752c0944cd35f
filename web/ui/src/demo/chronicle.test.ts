import { expect, test } from "vitest";

import type { Story } from "./backstage.ts";
import { clockMoved, inWords, readOn } from "./chronicle.ts";

const BEGUN = "2026-11-21T12:00:00Z";
const LATER = "2026-11-21T12:30:00Z";
const AGAIN = "2026-11-21T12:30:01Z";

function story(change: Partial<Story> = {}): Story {
  return {
    session_id: "one",
    generation: 0,
    session_start: BEGUN,
    last_refresh: BEGUN,
    idle_ends_at: "2026-11-21T13:00:00Z",
    ends_at: "2026-11-28T12:00:00Z",
    ended_at: null,
    end: null,
    timeline: [{ at: BEGUN, text: "signed in with Chrome on Linux", by: "" }],
    events: [{ at: BEGUN, kind: "session.started", text: "signed in, cookie delivery" }],
    told: "Session one",
    ...change,
  };
}

const END = { reason: "token_reuse", meaning: "A token was used by somebody else.", sentence: "It was used twice.", advice: "Sign in." };

test("what changed between two readings is a step", () => {
  const renewed = { generation: 1, last_refresh: LATER };
  const cases: [name: string, readings: Story[], whats: string[]][] = [
    ["a session that has just begun", [story()], ["signed in with Chrome on Linux"]],
    ["one read twice", [story(), story()], ["signed in with Chrome on Linux"]],
    ["one that is found refreshed", [story({ generation: 5, last_refresh: LATER })], ["signed in with", "Refreshed, up to generation 5"]],
    ["a refresh", [story(), story(renewed)], ["signed in with", "Refreshed: generation 1"]],
    ["refreshes between two readings", [story(), story({ generation: 3, last_refresh: LATER })], ["signed in with", "Refreshed 3 times"]],
    [
      "a successor that came again",
      [story(), story(renewed), story({ ...renewed, last_refresh: AGAIN })],
      ["signed in with", "Refreshed: generation 1", "Generation 1 handed out again"],
    ],
    ["another session", [story(renewed), story({ session_id: "two" })], ["signed in with"]],
  ];
  for (const [name, readings, whats] of cases) {
    const { steps } = readings.reduce<ReturnType<typeof readOn> | undefined>(readOn, undefined) ?? { steps: [] };
    expect(steps.length, name).toBe(whats.length);
    for (const [index, what] of whats.entries()) expect(steps[index]?.what, name).toContain(what);
  }
});

test("R3.4 an ending says why", () => {
  const ended = story({
    ended_at: LATER,
    end: END,
    events: [{ at: LATER, kind: "session.token_reuse", text: "session ended for token reuse: the token came without its cookie" }],
  });
  const last = readOn(readOn(undefined, story()), ended).steps.at(-1);
  expect(last).toMatchObject({
    kind: "ended",
    what: "session ended for token reuse",
    why: `The token came without its cookie. ${END.meaning}`,
  });
});

test("a move of the clock stands where it happened", () => {
  const moved = clockMoved(readOn(undefined, story()), LATER, "1790s");
  const { steps } = readOn(moved, story({ generation: 1, last_refresh: AGAIN }));
  expect(steps.map((step) => step.kind)).toEqual(["began", "clock", "renewed"]);
});

test("a duration is said as people say it", () => {
  expect(["1790s", "15s", "60m", "60s", "2h"].map(inWords)).toEqual(["29 min 50 s", "15 s", "60 min", "1 min", "2h"]);
});
