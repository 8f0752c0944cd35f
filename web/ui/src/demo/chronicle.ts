/**
 * A session's life as the page has seen it: its story, read again and again, with what lay between two readings.
 *
 * The rule: every step comes from the story. A session is one row, so that the story knows its last refresh alone; what changed from one
 * reading to the next tells the others. A step that was told stays.
 *
 * The caveat: several refreshes between two readings are one step, which says so.
 */
import type { Story } from "./backstage.ts";

export type StepKind = "began" | "renewed" | "again" | "clock" | "ended" | "event";

/** One thing that happened. */
export interface Step {
  readonly key: string;
  readonly kind: StepKind;
  /** By the demo's clock. */
  readonly at: string;
  readonly what: string;
  readonly why?: string;
}

export interface Chronicle {
  /** The latest reading. */
  readonly story: Story;
  /** Oldest first. */
  readonly steps: readonly Step[];
}

const BEGINS = "session.started";
const ENDINGS = new Set(["session.ended", "session.token_reuse"]);

/** What is known after another reading. */
export function readOn(known: Chronicle | undefined, story: Story): Chronicle {
  const before = known?.story.session_id === story.session_id ? known : undefined;
  const told = new Set(before?.steps.map((step) => step.key));
  const found = [...(before ? refreshedSince(before.story, story) : beginning(story)), ...eventsOf(story)];
  const steps = [...(before?.steps ?? []), ...found.filter((step) => !told.has(step.key))];
  return { story, steps: inOrder(steps) };
}

/** The clock was moved. */
export function clockMoved(known: Chronicle, at: string, by: string): Chronicle {
  const step: Step = {
    key: `clock ${at}`,
    kind: "clock",
    at,
    what: `The clock moves on by ${inWords(by)}`,
  };
  return { ...known, steps: inOrder([...known.steps, step]) };
}

/** `1790s` as people say it. */
export function inWords(by: string): string {
  const [, number = "", unit] = /^(\d+)([sm])$/.exec(by) ?? [];
  const seconds = Number(number) * (unit === "m" ? 60 : 1);
  const minutes = Math.floor(seconds / 60);
  const parts = [
    [minutes, "min"],
    [seconds % 60, "s"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}`);
  return said.join(" ") || by;
}

function beginning(story: Story): Step[] {
  const [first] = story.timeline;
  const began: Step = {
    key: "began",
    kind: "began",
    at: story.session_start,
    what: first?.text ?? "signed in",
    why: "One sign-in on one device is a session: one row, whatever happens to it.",
  };
  if (story.generation === 0) return [began];
  return [began, renewal(story, `Refreshed, up to generation ${story.generation}`)];
}

function refreshedSince(before: Story, story: Story): Step[] {
  const moved = story.generation - before.generation;
  if (moved === 1) return [renewal(story, `Refreshed: generation ${story.generation}`)];
  if (moved > 1) return [renewal(story, `Refreshed ${moved} times: generation ${story.generation}`)];
  return story.last_refresh === before.last_refresh ? [] : [handedAgain(story)];
}

function renewal(story: Story, what: string): Step {
  return {
    key: `generation ${story.generation}`,
    kind: "renewed",
    at: story.last_refresh,
    what,
    why: `A refresh token works once: generation ${story.generation - 1} is used up.`,
  };
}

function handedAgain(story: Story): Step {
  return {
    key: `again ${story.last_refresh}`,
    kind: "again",
    at: story.last_refresh,
    what: `Generation ${story.generation} handed out again`,
    why: "The same browser, with its device cookie, brought the token before it, whose successor nobody had used: a lost reply, no theft.",
  };
}

function eventsOf(story: Story): Step[] {
  return story.events
    .filter((event) => event.kind !== BEGINS)
    .map(({ kind, at, text }) => {
      const [what = text, more] = text.split(": ", 2);
      const isEnd = ENDINGS.has(kind);
      const why = [more && `${more[0]?.toUpperCase()}${more.slice(1)}.`, isEnd && story.end?.meaning].filter(Boolean).join(" ");
      return { key: `${kind} ${at}`, kind: isEnd ? "ended" : "event", at, what, ...(why ? { why } : {}) };
    });
}

/** Those of one moment stay as they came. */
function inOrder(steps: readonly Step[]): Step[] {
  return steps.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
}
