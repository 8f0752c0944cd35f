/**
 * The client in a browser of our own, with time that stands still: signing in and out, renewing, many 401s, many tabs, and everything
 * that goes wrong between.
 */
import { beforeEach, describe, expect, test } from "vitest";

import type { Message } from "../src/channel.js";
import { KeyturnError } from "../src/error.js";
import type { Keyturn } from "../src/keyturn.js";
import { Browser, type Tab } from "./browser.js";
import { problem } from "./server.js";
import { MINUTE } from "./shapes.js";

let browser: Browser;
beforeEach(() => {
  browser = new Browser();
});

const code = (error: unknown): string => (error instanceof KeyturnError ? error.code : String(error));
const status = ({ keyturn }: Tab): string => keyturn.getSnapshot().status;
const ten = (keyturn: Keyturn): Promise<number[]> =>
  Promise.all(Array.from({ length: 10 }, async () => (await keyturn.fetch("/api/tasks")).status));
const TEN_TIMES_200 = Array.from({ length: 10 }, () => 200);
const rotations = (): number => [...browser.server.families.values()].reduce((sum, family) => sum + family.generation, 0);

describe("who is signed in", () => {
  test("R2.7 a page finds out, signs in and out, and says each state", async () => {
    const tab = browser.open();
    const states: string[] = [];
    tab.keyturn.subscribe(() => states.push(status(tab)));
    expect(status(tab)).toBe("authenticating");
    await browser.clock.until(tab.keyturn.start());
    await browser.clock.until(tab.keyturn.signIn({ email: "ann@example.org", password: "a heron" }));
    expect(tab.keyturn.getSnapshot().user?.id).toBe("ann");
    expect(await browser.clock.until(tab.keyturn.signOut())).toEqual({ isConfirmed: true });
    expect(states).toEqual(["unauthenticated", "authenticating", "authenticated", "unauthenticated"]);
    expect(browser.server.families.get("session-1")?.ended).toBe("signed_out");
  });

  test.each(["cookie", "hybrid"] as const)("a reload finds the session again, by %s", async (delivery) => {
    (await browser.signedIn({ delivery })).keyturn.dispose();
    const tab = await browser.started({ delivery });
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "authenticated", user: { id: "ann" } });
  });

  test("a wrong password leaves all as it was", async () => {
    const tab = await browser.signedIn();
    const before = tab.keyturn.getSnapshot();
    const failed = await browser.clock.until(tab.keyturn.signIn({ email: "bob@example.org", password: "wrong" }).catch(code));
    expect(failed).toBe("invalid-credentials");
    expect(tab.keyturn.getSnapshot()).toEqual(before);
  });

  test("R2.7 whoever may not come in is unauthorized", async () => {
    const tab = await browser.started();
    browser.server.instead = ({ path }) =>
      path === "/auth/signin" ? problem(403, "account-not-active", { account_state: "suspended" }) : undefined;
    const failed = await browser.clock.until(
      tab.keyturn.signIn({ email: "ann@example.org", password: "a heron" }).catch((it: unknown) => it),
    );
    expect(failed).toMatchObject({ code: "account-not-active", accountState: "suspended" });
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "unauthorized", reason: "account_state" });
  });

  test("R2.7 asking for something protected without signing in is unauthorized", async () => {
    const tab = await browser.started();
    expect((await browser.clock.until(tab.keyturn.fetch("/api/tasks"))).status).toBe(401);
    expect(status(tab)).toBe("unauthorized");
  });

  test("while nobody answers the client goes on asking, and says so", async () => {
    await browser.signedIn().then((tab) => tab.keyturn.dispose());
    browser.isOffline = true;
    const tab = browser.open();
    const started = tab.keyturn.start();
    await browser.clock.advance(5 * MINUTE);
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "authenticating", offline: true });
    browser.isOffline = false;
    tab.wake();
    expect(await browser.clock.until(started)).toMatchObject({ status: "authenticated", offline: false });
  });

  test("disposed and started again, as under StrictMode, it is as if it had been started once", async () => {
    await browser.signedIn().then((it) => it.keyturn.dispose());
    const tab = browser.open();
    const first = tab.keyturn.start();
    tab.keyturn.dispose();
    await browser.clock.until(tab.keyturn.start());
    await browser.clock.until(first);
    expect(status(tab)).toBe("authenticated");
  });
});

describe("requests whose access token has expired", () => {
  test.each([
    ["cookie", true],
    ["cookie", false],
    ["hybrid", true],
  ] as const)("R3.5 three tabs, ten each, by %s, with locks and channel: %s: one rotation, and all succeed", async (delivery, has) => {
    browser.hasLocks = browser.hasChannel = has;
    const tabs = [await browser.signedIn({ delivery }), await browser.started({ delivery }), await browser.started({ delivery })];
    await browser.clock.sleep(30 * MINUTE);
    const before = rotations();
    const answers = await browser.clock.until(Promise.all(tabs.map((tab) => ten(tab.keyturn))));
    expect(answers).toEqual(tabs.map(() => TEN_TIMES_200));
    expect(rotations()).toBe(before + 1);
  });

  test.each(["cookie", "hybrid"] as const)(
    "R3.5 requests that a reloaded page sends before it knows who is signed in are sent again too, by %s",
    async (delivery) => {
      (await browser.signedIn({ delivery })).keyturn.dispose();
      await browser.clock.sleep(30 * MINUTE);
      const tab = browser.open({ delivery });
      void tab.keyturn.start();
      expect(await browser.clock.until(ten(tab.keyturn))).toEqual(TEN_TIMES_200);
    },
  );

  test("R3.5 a lost reply costs a second attempt", async () => {
    const tab = await browser.signedIn();
    await browser.clock.advance(30 * MINUTE);
    let losses = 1;
    browser.fate = (_method, path) => (path === "/auth/refresh" && losses-- > 0 ? { lost: "back" } : {});
    expect(await browser.clock.until(ten(tab.keyturn))).toEqual(TEN_TIMES_200);
    expect(browser.server.count("POST /auth/refresh")).toBe(2);
    expect(rotations()).toBe(1);
  });

  test("R3.5 a request is sent again once, not for ever", async () => {
    const tab = await browser.signedIn();
    browser.server.instead = ({ path }) => (path === "/api/tasks" ? problem(401, "token-expired") : undefined);
    expect((await browser.clock.until(tab.keyturn.fetch("/api/tasks"))).status).toBe(401);
    expect(browser.server.count("GET /api/tasks")).toBe(2);
    expect(status(tab)).toBe("authenticated");
  });

  test("R3.5 where the refresh fails the session has expired, and says why", async () => {
    const tab = await browser.signedIn();
    await browser.clock.advance(30 * MINUTE);
    browser.server.end("session-1", "admin");
    expect((await browser.clock.until(tab.keyturn.fetch("/api/tasks"))).status).toBe(401);
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "expired", reason: "admin" });
  });

  test("no answer is no verdict: the request fails, the session stays", async () => {
    const tab = await browser.signedIn();
    await browser.clock.advance(30 * MINUTE);
    browser.fate = (_method, path) => (path === "/auth/refresh" ? { lost: "there" } : {});
    expect(await browser.clock.until(tab.keyturn.fetch("/api/tasks").catch(code))).toBe("no-answer");
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "authenticated", offline: true });
  });

  test("Retry-After is obeyed: who can't wait is told, and nothing is asked before", async () => {
    const tab = await browser.signedIn();
    await browser.clock.advance(30 * MINUTE);
    const busy = problem(503, "busy");
    const headers = { ...busy.headers, "retry-after": "20" };
    browser.server.instead = ({ path }) => (path === "/auth/refresh" ? { ...busy, headers } : undefined);
    const failed = await browser.clock.until(tab.keyturn.fetch("/api/tasks").catch((it: unknown) => it));
    expect(failed).toMatchObject({ code: "busy", retryAfter: 20 });
    expect(await browser.clock.until(tab.keyturn.fetch("/api/tasks").catch(code))).toBe("busy");
    expect(browser.server.count("POST /auth/refresh")).toBe(1);
    browser.server.instead = undefined;
    await browser.clock.advance(21_000);
    expect(await browser.clock.until(ten(tab.keyturn))).toEqual(TEN_TIMES_200);
  });

  test("a proxy's error page is no verdict either", async () => {
    const tab = await browser.signedIn();
    await browser.clock.advance(30 * MINUTE);
    browser.server.instead = ({ path }) =>
      path === "/auth/refresh" ? { status: 403, headers: { "content-type": "text/html" } } : undefined;
    expect(await browser.clock.until(tab.keyturn.fetch("/api/tasks").catch(code))).toBe("unexpected-answer");
    expect(status(tab)).toBe("authenticated");
  });

  test("a CSRF token that is not this session's is replaced, once", async () => {
    const tab = await browser.signedIn();
    browser.jar.csrf = "somebody else's";
    await browser.clock.advance(30 * MINUTE);
    expect(await browser.clock.until(ten(tab.keyturn))).toEqual(TEN_TIMES_200);
    expect(browser.server.count("GET /auth/csrf")).toBe(2);
  });

  test("the token goes to Keyturn and to listed resources, nowhere else", async () => {
    const tab = await browser.signedIn({ delivery: "hybrid", resources: ["https://api.example.org"] });
    const bearer = async (url: string): Promise<boolean> =>
      "authorization" in (await tab.keyturn.transport.prepare(url, "GET", new Headers(), new Set())).headers;
    expect(await bearer("/api/tasks")).toBe(true);
    expect(await bearer("https://api.example.org/things")).toBe(true);
    expect(await bearer("https://api.example.org.evil.example/things")).toBe(false);
    expect(await bearer("https://elsewhere.example")).toBe(false);
  });
});

describe("renewal before the time", () => {
  test("R1.2 five minutes before the access token expires, while the person is active", async () => {
    const tab = await browser.signedIn();
    await browser.clock.advance(10 * MINUTE);
    tab.type();
    await browser.clock.advance(15 * MINUTE - 1000);
    expect(browser.server.count("POST /auth/refresh")).toBe(0);
    await browser.clock.advance(2000);
    expect(browser.server.count("POST /auth/refresh")).toBe(1);
  });

  test("R1.2 not for somebody who is away; at once when they are back", async () => {
    const tab = await browser.signedIn();
    await browser.clock.advance(45 * MINUTE);
    expect(browser.server.count("POST /auth/refresh")).toBe(0);
    tab.type();
    await browser.clock.advance(1000);
    expect(browser.server.count("POST /auth/refresh")).toBe(1);
    expect(status(tab)).toBe("authenticated");
  });

  test("R1.2 one renewal serves all tabs of the jar", async () => {
    const random = [0.1, 0.5, 0.9].map((it) => ({ random: () => it }));
    const tabs = [await browser.signedIn(random[0]), await browser.started(random[1]), await browser.started(random[2])];
    await browser.clock.advance(10 * MINUTE);
    tabs[1]?.type();
    await browser.clock.advance(20 * MINUTE);
    expect(browser.server.count("POST /auth/refresh")).toBe(1);
  });

  test("R1.6 whoever types for hours stays signed in, without a request of their own", async () => {
    const tab = await browser.signedIn();
    for (let minute = 0; minute < 200; minute += 1) {
      await browser.clock.advance(MINUTE);
      tab.type();
    }
    expect(status(tab)).toBe("authenticated");
    expect(browser.server.families.get("session-1")?.ended).toBeUndefined();
  });

  test("R1.6 whoever is away is signed out at the idle end, however much the page polls", async () => {
    const tab = await browser.signedIn();
    await browser.clock.advance(MINUTE);
    for (let minute = 1; minute < 61; minute += 1) {
      await browser.clock.until(tab.keyturn.fetch("/api/tasks"));
      await browser.clock.advance(MINUTE);
    }
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "expired", reason: "idle" });
  });

  test("before the idle end there is a warning, and a way to stay", async () => {
    const tab = await browser.signedIn();
    await browser.clock.advance(58.5 * MINUTE);
    expect(tab.keyturn.getSnapshot().idleWarning?.endsInSeconds).toBeLessThanOrEqual(90);
    await browser.clock.until(tab.keyturn.stay());
    expect(tab.keyturn.getSnapshot().idleWarning).toBeUndefined();
    await browser.clock.advance(30 * MINUTE);
    expect(status(tab)).toBe("authenticated");
  });

  test("who stays while a renewal is under way, which did not know of it, stays", async () => {
    const tab = await browser.signedIn();
    await browser.clock.advance(58.5 * MINUTE);
    browser.fate = (_method, path) => (path === "/auth/refresh" ? { back: 3000 } : {});
    const underWay = tab.keyturn.refresh();
    await browser.clock.advance(1000);
    await browser.clock.until(tab.keyturn.stay());
    await underWay;
    expect(tab.keyturn.getSnapshot().idleWarning).toBeUndefined();
  });

  test("input in another tab takes the warning away in all", async () => {
    const [first, second] = [await browser.signedIn(), await browser.started()];
    await browser.clock.advance(59 * MINUTE);
    expect(first.keyturn.getSnapshot().idleWarning).toBeDefined();
    second.type();
    await browser.clock.advance(1000);
    expect(first.keyturn.getSnapshot().idleWarning).toBeUndefined();
  });

  test("a renewal in another tab that is heard of late counts from when it was", async () => {
    const silent = { send: () => undefined, listen: () => undefined, close: () => undefined };
    const ears: ((message: Message) => void)[] = [];
    const said: Message[] = [];
    const frozen = await browser.signedIn({ channel: () => ({ ...silent, listen: (hear) => void ears.push(hear) }) });
    const other = await browser.started({ channel: () => ({ ...silent, send: (message) => void said.push(message) }) });
    await browser.clock.advance(10 * MINUTE);
    other.type();
    await browser.clock.until(other.keyturn.refresh());
    await browser.clock.advance(10 * MINUTE);
    for (const message of said) for (const hear of ears) hear(message);
    await browser.clock.advance(48 * MINUTE - 1000);
    expect(frozen.keyturn.getSnapshot().idleWarning).toBeUndefined();
    await browser.clock.advance(2000);
    expect(frozen.keyturn.getSnapshot().idleWarning).toBeDefined();
  });

  test("a machine that slept over the end says so when it wakes", async () => {
    const tab = await browser.signedIn();
    await browser.clock.sleep(10 * 60 * MINUTE);
    tab.wake();
    await browser.clock.advance(1000);
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "expired", reason: "idle" });
  });

  test("asleep and offline, it waits for the network before it says anything", async () => {
    const tab = await browser.signedIn();
    browser.isOffline = true;
    await browser.clock.sleep(10 * 60 * MINUTE);
    await browser.clock.advance(MINUTE);
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "authenticated", offline: true });
    browser.isOffline = false;
    tab.wake();
    await browser.clock.advance(10 * MINUTE);
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "expired", reason: "idle" });
  });
});

describe("who wins", () => {
  test.each([true, false])("a sign-out over a refresh whose answer is late; with locks: %s", async (hasLocks) => {
    browser.hasLocks = hasLocks;
    const tab = await browser.signedIn();
    await browser.clock.advance(30 * MINUTE);
    browser.fate = (_method, path) => (path === "/auth/refresh" ? { back: 3000 } : {});
    const asked = tab.keyturn.fetch("/api/tasks").catch(code);
    await browser.clock.advance(100);
    await browser.clock.until(tab.keyturn.signOut());
    expect(await browser.clock.until(asked)).toBe("superseded");
    await browser.clock.advance(10_000);
    expect(status(tab)).toBe("unauthenticated");
    expect(browser.jar.refresh).toBeUndefined();
  });

  test("a newer sign-in over a refresh whose answer is late", async () => {
    const tab = await browser.signedIn();
    await browser.clock.advance(30 * MINUTE);
    browser.fate = (_method, path) => (path === "/auth/refresh" ? { back: 3000 } : {});
    const asked = tab.keyturn.fetch("/api/tasks").catch(code);
    await browser.clock.advance(100);
    await browser.clock.until(tab.keyturn.signIn({ email: "bob@example.org", password: "a heron" }));
    expect(await browser.clock.until(asked)).toBe("superseded");
    await browser.clock.advance(10_000);
    expect(tab.keyturn.getSnapshot().user?.id).toBe("bob");
    expect(browser.jar.refresh?.session).toBe("session-2");
  });

  test("a sign-out without network is complete here, and told to the server when it is back", async () => {
    const [tab, other] = [await browser.signedIn(), await browser.started()];
    browser.isOffline = true;
    expect(await browser.clock.until(tab.keyturn.signOut())).toEqual({ isConfirmed: false });
    await browser.clock.advance(1000);
    expect([status(tab), status(other)]).toEqual(["unauthenticated", "unauthenticated"]);
    expect(await browser.clock.until(tab.keyturn.fetch("/api/tasks").catch(code))).toBe("no-answer");
    browser.isOffline = false;
    await browser.clock.advance(2 * MINUTE);
    expect(browser.server.families.get("session-1")?.ended).toBe("signed_out");
  });

  test("a second sign-out does no harm", async () => {
    const tab = await browser.signedIn();
    await browser.clock.until(tab.keyturn.signOut());
    expect(await browser.clock.until(tab.keyturn.signOut())).toEqual({ isConfirmed: true });
  });

  test("a sign-out in one tab is one in all", async () => {
    const [tab, other] = [await browser.signedIn(), await browser.started()];
    await browser.clock.until(tab.keyturn.signOut());
    await browser.clock.advance(10);
    expect(other.keyturn.getSnapshot()).toMatchObject({ status: "unauthenticated", reason: "signed_out" });
  });

  test.each(["cookie", "hybrid"] as const)("where another person signs in, all tabs show them, by %s", async (delivery) => {
    const [tab, other] = [await browser.signedIn({ delivery }), await browser.started({ delivery })];
    await browser.clock.until(tab.keyturn.signIn({ email: "bob@example.org", password: "a heron" }));
    await browser.clock.advance(1000);
    expect(other.keyturn.getSnapshot()).toMatchObject({ status: "authenticated", user: { id: "bob" } });
  });

  test("a request of one person is not repeated as another", async () => {
    browser.hasChannel = false;
    const [tab, other] = [await browser.signedIn(), await browser.started()];
    await browser.clock.until(tab.keyturn.signIn({ email: "bob@example.org", password: "a heron" }));
    await browser.clock.advance(30 * MINUTE);
    expect(await browser.clock.until(other.keyturn.fetch("/api/tasks", { method: "POST" }).catch(code))).toBe("session-changed");
    expect(other.keyturn.getSnapshot().user?.id).toBe("bob");
  });

  test("nor where it was its CSRF token that told: another person's is asked for, and nothing is sent in their name", async () => {
    browser.hasChannel = false;
    const [tab, other] = [await browser.signedIn(), await browser.started()];
    await browser.clock.until(other.keyturn.fetch("/api/tasks", { method: "POST" }));
    await browser.clock.until(tab.keyturn.signIn({ email: "bob@example.org", password: "a heron" }));
    const asked = other.keyturn.fetch("/api/tasks", { method: "POST" }).catch(code);
    expect(await browser.clock.until(asked)).toBe("session-changed");
    expect(browser.server.count("POST /api/tasks")).toBe(2);
    expect(other.keyturn.getSnapshot().user?.id).toBe("bob");
  });

  test("a late word about a session that was replaced does not end the new one", async () => {
    const tab = await browser.signedIn();
    browser.hasChannel = false;
    const other = await browser.started();
    await browser.clock.until(other.keyturn.signIn({ email: "ann@example.org", password: "a heron" }));
    browser.server.instead = ({ path }) => (path === "/api/tasks" ? problem(401, "session-ended", { reason: "replaced" }) : undefined);
    await browser.clock.until(tab.keyturn.fetch("/api/tasks"));
    await browser.clock.advance(1000);
    expect(tab.keyturn.getSnapshot()).toMatchObject({ status: "authenticated", session: { id: "session-2" } });
  });

  test("a lock that is never given back costs seconds", async () => {
    const orphan = {
      run: <T>(work: () => Promise<T>): Promise<T> => new Promise((resolve) => browser.clock.after(5000, () => resolve(work()))),
    };
    const tab = await browser.signedIn({ lock: orphan });
    await browser.clock.advance(30 * MINUTE);
    expect(await browser.clock.until(ten(tab.keyturn))).toEqual(TEN_TIMES_200);
  });
});
