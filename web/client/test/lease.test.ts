/**
 * When a session is renewed, warned about and asked after. The client's clock says `CAME` where the server's says `SIGNED_IN_AT`.
 */
import { describe, expect, test } from "vitest";

import { leaseOf, plan } from "../src/lease.js";
import { aContext, anAnswer, aSession, MINUTE, SIGNED_IN_AT } from "./shapes.js";

const CAME = 1_000;
const WARN = 2 * MINUTE;
const NEVER = Number.NEGATIVE_INFINITY;
const LEASE = leaseOf(anAnswer(), CAME, 0);
const minute = (minutes: number): number => CAME + minutes * MINUTE;

describe("the lease of a token answer", () => {
  test("R1.2 the renewal is due five minutes before the access token expires", () => {
    expect(LEASE).toMatchObject({ renewAt: minute(25), obtainedAt: CAME, idleEndsAt: minute(60), concurrentWindow: 10_000 });
  });

  test("R1.2 tabs spread their renewals over the half minute before it is due", () => {
    expect(leaseOf(anAnswer(), CAME, 0.999).renewAt).toBeLessThan(minute(25));
    expect(leaseOf(anAnswer(), CAME, 0.999).renewAt).toBeGreaterThan(minute(24.5));
  });

  test("the server's clock may be a year ahead", () => {
    const ahead = SIGNED_IN_AT + 365 * 24 * 60 * MINUTE;
    const session = aSession({ ends_at: new Date(ahead + 7 * 24 * 60 * MINUTE).toISOString() }, ahead);
    expect(leaseOf(anAnswer(ahead, session), CAME, 0)).toEqual(LEASE);
  });

  test("the idle end is never past the absolute one", () => {
    const session = aSession({ ends_at: new Date(SIGNED_IN_AT + 40 * MINUTE).toISOString() });
    expect(leaseOf(anAnswer(SIGNED_IN_AT, session), CAME, 0)).toMatchObject({ idleEndsAt: minute(40), endsAt: minute(40) });
  });
});

describe("the lease of a session that was asked after", () => {
  const session = aSession({}, SIGNED_IN_AT + 10 * MINUTE, SIGNED_IN_AT);
  const context = aContext(session, SIGNED_IN_AT, SIGNED_IN_AT + 10 * MINUTE);

  test("is that of its token", () => {
    const lease = leaseOf(context, minute(10), 0);
    expect(lease).toMatchObject({ obtainedAt: minute(10), renewAt: minute(25), idleEndsAt: minute(70) });
  });

  test("and does not count as telling what the person did since the last renewal", () => {
    const lease = leaseOf(context, minute(10), 0, LEASE);
    expect(lease).toMatchObject({ obtainedAt: CAME, concurrentWindow: 10_000 });
  });
});

describe("what to do", () => {
  test.each([
    ["R1.2 nothing before it is due", 24.9, minute(24), undefined],
    ["R1.2 a renewal when it is due and the person did something", 25, minute(24), "renew"],
    ["R1.2 no renewal for somebody who did nothing since the last one", 25, NEVER, undefined],
    ["R1.2 a renewal at once for somebody who comes back late", 50, minute(50), "renew"],
    ["the server is asked once the idle end is over", 60.01, NEVER, "ask"],
    ["not before it is", 60, NEVER, undefined],
  ] as const)("%s", (_what, minutes, inputAt, action) => {
    expect(plan(LEASE, minute(minutes), WARN, inputAt).action).toBe(action);
  });

  test.each([
    ["R1.6 what was done is told to the server twelve times per idle time-out", 10, 5, "tell"],
    ["not more often", 9.9, 5, undefined],
    ["but always before the warning", 58, 57, "renew"],
  ] as const)("%s", (_what, minutes, untold, action) => {
    expect(plan(LEASE, minute(minutes), WARN, minute(untold), minute(untold)).action).toBe(action);
  });

  test.each([
    ["no warning before its time", 57.9, undefined],
    ["two minutes before the idle end", 58, 120],
    ["by the second", 59.5, 30],
    ["to the last", 60, 0],
    ["and none when it is over", 60.01, undefined],
  ] as const)("%s", (_what, minutes, warning) => {
    expect(plan(LEASE, minute(minutes), WARN, NEVER).warning).toBe(warning);
  });

  test("there is no warning where nothing can be done about it: at the absolute end", () => {
    const session = aSession({ ends_at: new Date(SIGNED_IN_AT + 40 * MINUTE).toISOString() });
    expect(plan(leaseOf(anAnswer(SIGNED_IN_AT, session), CAME, 0), minute(39), WARN, NEVER).warning).toBeUndefined();
  });

  test("the next look is when something is due, within half a minute, and each second while warning", () => {
    expect(plan(LEASE, CAME, WARN, NEVER).wait).toBe(30_000);
    expect(plan(LEASE, minute(25) - 10, WARN, minute(1)).wait).toBe(10);
    expect(plan(LEASE, minute(58) - 10, WARN, NEVER).wait).toBe(10);
    expect(plan(LEASE, minute(59), WARN, NEVER).wait).toBe(1000);
  });
});
