/**
 * Clocks that are wrong, that are moved, and that stand still while the machine sleeps: of the browser's clock, and of what the client makes
 * of it together with the server's `now`.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { systemClock } from "../src/clock.js";
import { Browser, type Tab } from "./browser.js";
import { MINUTE } from "./shapes.js";

const HOUR = 60 * MINUTE;

describe("the browser's clock", () => {
  let monotonic = 0;
  let wall = 0;
  beforeEach(() => {
    [monotonic, wall] = [5_000, 1_800_000_000_000];
    vi.spyOn(performance, "now").mockImplementation(() => monotonic);
    vi.spyOn(Date, "now").mockImplementation(() => wall);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test.each([
    ["time that both see", MINUTE, MINUTE, MINUTE],
    ["sleep, in which the monotonic one stands still", 0, 8 * HOUR, 8 * HOUR],
    ["a wall clock that is put back", MINUTE, MINUTE - HOUR, MINUTE],
    ["a wall clock that is put forward looks like sleep", MINUTE, HOUR, HOUR],
    ["both at once: asleep, and put back on waking", 0, -HOUR, 0],
  ])("counts %s", (_what, monotonicPassed, wallPassed, counted) => {
    const clock = systemClock();
    const before = clock.now();
    monotonic += monotonicPassed;
    wall += wallPassed;
    expect(clock.now() - before).toBe(counted);
  });

  test("goes on from where it is after each jump", () => {
    const clock = systemClock();
    wall -= HOUR;
    clock.now();
    monotonic += MINUTE;
    wall += MINUTE;
    expect(clock.now()).toBe(MINUTE);
    expect(clock.wall()).toBe(wall);
  });
});

/** Ann's tab, reloaded after so many minutes on a device whose wall clock is wrong by so much. */
async function reloaded(browser: Browser, minutes: number): Promise<Tab> {
  (await browser.signedIn()).keyturn.dispose();
  await browser.clock.advance(minutes * MINUTE);
  const tab = browser.open({}, false);
  await browser.clock.until(tab.keyturn.start());
  return tab;
}

describe.each([
  ["right", 0],
  ["an hour fast", HOUR],
  ["an hour slow", -HOUR],
  ["a year fast", 365 * 24 * HOUR],
])("on a device whose clock is %s", (_what, skew) => {
  let browser: Browser;
  beforeEach(() => {
    browser = new Browser(skew);
  });

  test("R1.6 a page that was reloaded warns two minutes before the idle end, by the second", async () => {
    const tab = await reloaded(browser, 20);
    await browser.clock.advance(38 * MINUTE - 1_000);
    expect(tab.keyturn.getSnapshot().idleWarning).toBeUndefined();
    await browser.clock.advance(2_000);
    expect(tab.keyturn.getSnapshot().idleWarning?.endsInSeconds).toBeGreaterThanOrEqual(118);
    expect(tab.keyturn.getSnapshot().idleWarning?.endsInSeconds).toBeLessThanOrEqual(120);
  });

  test("R1.2 a page that was reloaded renews when it is due, and not before", async () => {
    const tab = await reloaded(browser, 20);
    tab.see(true);
    await browser.clock.advance(1_000);
    tab.type();
    await browser.clock.advance(5 * MINUTE - 3_000);
    expect(browser.server.count("POST /auth/refresh")).toBe(0);
    await browser.clock.advance(4_000);
    expect(browser.server.count("POST /auth/refresh")).toBe(1);
  });

  test("R1.6 a page that slept over the end says so, and one that slept less is still signed in", async () => {
    const tab = await reloaded(browser, 1);
    await browser.clock.sleep(50 * MINUTE);
    tab.wake();
    await browser.clock.advance(1_000);
    expect(tab.keyturn.getSnapshot().status).toBe("authenticated");
    await browser.clock.sleep(10 * MINUTE);
    tab.wake();
    await browser.clock.advance(1_000);
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "expired", reason: "idle" });
  });
});

describe("while the page is open", () => {
  test("a wall clock that is put forward by an hour costs a request, and shows nothing false", async () => {
    const browser = new Browser();
    const tab = await browser.signedIn();
    await browser.clock.advance(MINUTE);
    browser.jump(HOUR);
    tab.wake();
    await browser.clock.advance(2_000);
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "authenticated", idleWarning: undefined });
    expect(browser.server.count("POST /auth/refresh")).toBe(1);
    await browser.clock.advance(30 * MINUTE);
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "authenticated", idleWarning: undefined });
  });

  test("one that is put back by an hour changes nothing: the warning and the end come when they are due", async () => {
    const browser = new Browser();
    const tab = await browser.signedIn();
    await browser.clock.advance(MINUTE);
    browser.jump(-HOUR);
    tab.wake();
    await browser.clock.advance(57 * MINUTE);
    expect(tab.keyturn.getSnapshot().idleWarning).toBeDefined();
    await browser.clock.advance(3 * MINUTE);
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "expired", reason: "idle" });
  });
});
