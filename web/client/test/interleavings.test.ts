/**
 * Whatever the network does and however tabs race, nobody honest is signed out: random tabs, requests, reloads, sleep, input, lost and late
 * messages, with and without locks and channel.
 *
 * The rule: a message is late by less than half a `concurrent_window`, which is what the server's promise (I1 of `ARCHITECTURE.md`) rests on,
 * and the person never stays away for as long as the idle time-out. Then no session ends, and in the end every tab is signed in.
 *
 * The caveat: the server is the model of `server.ts`. What the search finds is found again by the seed that it prints.
 */
import fc from "fast-check";
import { expect, test } from "vitest";

import { Browser, type Fate, type Tab } from "./browser.js";
import { MINUTE } from "./shapes.js";

const RUNS = Number(process.env["KEYTURN_CLIENT_RUNS"] ?? 60);

type Step =
  | { readonly what: "ask" | "type" | "reload" | "wake" | "see"; readonly tab: number }
  | { readonly what: "wait" | "sleep"; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: fc.constantFrom("ask", "type", "reload", "wake", "see"), tab: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("wait"), seconds: fc.constantFrom(0.01, 1, 4, 11, 60, 300, 1500) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("sleep"), seconds: fc.constantFrom(60, 1500, 1800) }) },
);

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ there: fc.nat(2000), back: fc.nat(2000) }) },
  { weight: 1, arbitrary: fc.record({ there: fc.nat(4000), lost: fc.constantFrom("there", "back") }) },
);

const round = fc.record({
  delivery: fc.constantFrom("cookie" as const, "hybrid" as const),
  hasLocks: fc.boolean(),
  hasChannel: fc.boolean(),
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
  fates: fc.array(fate, { minLength: 30, maxLength: 30 }),
});

test(`R3.5 R1.6 in ${RUNS} random rounds nobody honest is signed out`, { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(round, async ({ delivery, hasLocks, hasChannel, steps, fates }) => {
      const browser = Object.assign(new Browser(), { hasLocks, hasChannel });
      const tabs = [await browser.signedIn({ delivery }), await browser.started({ delivery }), await browser.started({ delivery })];
      const left = [...fates];
      browser.fate = () => left.shift() ?? {};
      for (const it of steps) await take(browser, tabs, it, delivery);
      await calm(browser, tabs);
      expect(browser.server.families.get("session-1")?.ended).toBeUndefined();
      expect(tabs.map((tab) => tab.keyturn.getSnapshot().status)).toEqual(tabs.map(() => "authenticated"));
      for (const tab of tabs) tab.keyturn.dispose();
    }),
    { numRuns: RUNS },
  );
});

async function take(browser: Browser, tabs: Tab[], it: Step, delivery: "cookie" | "hybrid"): Promise<void> {
  if ("seconds" in it) {
    // The person was here just before, and is back after it: never away as long as the idle time-out less a twelfth. What they do is told
    // while the network is well, for a machine that sleeps tells nothing.
    await browser.clock[it.what === "wait" ? "advance" : "sleep"](it.seconds * 1000);
    for (const tab of tabs) tab.type();
    await browser.clock.advance(20_000);
    if (it.seconds > 60) await calm(browser, tabs);
    return;
  }
  const tab = tabs[it.tab];
  if (!tab) return;
  if (it.what === "ask") void tab.keyturn.fetch("/api/tasks").catch(() => undefined);
  if (it.what === "type") tab.type();
  if (it.what === "wake") tab.wake();
  if (it.what === "see") tab.see(it.tab !== 1);
  if (it.what === "reload") {
    tab.keyturn.dispose();
    const next = browser.open({ delivery });
    tabs[it.tab] = next;
    void next.keyturn.start();
  }
  await browser.clock.advance(50);
}

/** The network is well for a while, and everybody has had time. */
async function calm(browser: Browser, tabs: readonly Tab[]): Promise<void> {
  const { fate } = browser;
  browser.fate = () => ({});
  for (const tab of tabs) {
    tab.type();
    tab.wake();
  }
  await browser.clock.advance(6 * MINUTE);
  browser.fate = fate;
}
