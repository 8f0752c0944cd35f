/**
 * `@keyturn/client` in a real browser: how sessions end and how they don't, over several tabs, lost replies, reloads, sleep and restarts, on
 * both stores.
 */
import { type BrowserContext, expect, type Page } from "@playwright/test";

import { counting, expectState, generation, onKeyturnsOrigin, signIn, TEN_TIMES_200, tenRequests, test } from "./client.ts";
import { PASSWORD, STORES } from "./keyturn.ts";

const SIGNED_IN = "authenticated, ann@example.org";

/** Tabs of one browser after the first, which has signed in. */
async function furtherTab(context: BrowserContext, address: string): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(address);
  await expectState(tab, SIGNED_IN);
  return tab;
}

declare global {
  interface Window {
    /** Where scripts of the page have kept something since it was opened. */
    written: string[];
  }
}

/** Runs in a page before its own scripts: has it note each time that something is kept anywhere. */
function noteWrites(): void {
  window.written = [];
  const note = (owner: object, name: string, what: string): void => {
    const property = Object.getOwnPropertyDescriptor(owner, name);
    const kind = property?.set ? "set" : "value";
    const done = property?.[kind] as (...given: unknown[]) => unknown;
    const noted = function (this: unknown, ...given: unknown[]): unknown {
      window.written.push(what);
      return done.apply(this, given);
    };
    Object.defineProperty(owner, name, { ...property, [kind]: noted });
  };
  note(Storage.prototype, "setItem", "storage");
  note(Document.prototype, "cookie", "cookie");
  note(IDBFactory.prototype, "open", "indexedDB");
  note(CacheStorage.prototype, "open", "caches");
}

/** What scripts of the page can read that is kept anywhere, and what of it may be a token. */
function readable(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const caches = await window.caches.keys();
    return [
      ...Object.keys(localStorage),
      ...Object.keys(sessionStorage),
      ...databases.map((it) => it.name ?? ""),
      ...caches,
      document.cookie,
    ];
  });
}

for (const store of STORES) {
  test.describe(`on ${store}`, () => {
    test.use({ store });

    test("R3.6 no token in any web storage or readable cookie, at any moment", async ({ page, keyturn, application }) => {
      await page.addInitScript(noteWrites);
      for (const delivery of ["cookie", "hybrid"]) {
        const address = `${application.url}/?delivery=${delivery}&api=${encodeURIComponent(keyturn.url)}`;
        const seen: string[][] = [];
        await signIn(page, address);
        seen.push(await readable(page));
        await keyturn.advance("30m");
        await tenRequests(page);
        seen.push(await readable(page));
        await page.reload();
        await expectState(page, SIGNED_IN);
        seen.push(await readable(page));
        await page.evaluate(() => window.keyturn.signOut());
        seen.push(await readable(page));
        // The CSRF token alone, which is worth nothing without the cookies that scripts can't read; and nothing was written in between.
        for (const all of seen) expect(all.join(" ")).toMatch(/^__Host-keyturn_csrf=[\w.-]+$/);
        expect(await page.evaluate(() => window.written)).toEqual([]);
      }
    });

    test("R3.6 what a page writes would have been noted", async ({ page, application }) => {
      await page.addInitScript(noteWrites);
      await page.goto(application.url);
      await page.evaluate(async () => {
        localStorage.setItem("token", "one");
        sessionStorage.setItem("token", "two");
        Reflect.set(document, "cookie", "token=three");
        indexedDB.open("tokens");
        await caches.open("tokens");
      });
      expect(await page.evaluate(() => window.written)).toEqual(["storage", "storage", "cookie", "indexedDB", "caches"]);
    });

    test("R3.5 a reply that is lost after the server rotated costs nothing", async ({ page, keyturn }) => {
      await signIn(page, await onKeyturnsOrigin(page.context(), keyturn));
      await keyturn.advance("30m");
      let losses = 2;
      await page.route("**/auth/refresh", async (route) => {
        if (losses-- <= 0) return route.continue();
        await route.fetch();
        await route.abort("connectionreset");
      });
      expect(await tenRequests(page)).toEqual(TEN_TIMES_200);
      await expectState(page, SIGNED_IN);
    });

    test("reloads in quick succession while the access token has expired sign nobody out", async ({ page, keyturn }) => {
      const address = await onKeyturnsOrigin(page.context(), keyturn);
      await signIn(page, address);
      await keyturn.advance("30m");
      for (let reload = 0; reload < 6; reload += 1) await page.goto(address, { waitUntil: "commit" });
      await expectState(page, SIGNED_IN);
      expect(await tenRequests(page)).toEqual(TEN_TIMES_200);
    });

    test("a sign-out in one tab is one in all", async ({ page, context, keyturn }) => {
      const address = await onKeyturnsOrigin(context, keyturn);
      await signIn(page, address);
      const other = await furtherTab(context, address);
      expect(await page.evaluate(() => window.keyturn.signOut())).toEqual({ isConfirmed: true });
      await expectState(other, "unauthenticated, signed_out");
    });

    test("a sign-out without network reaches the server as soon as it can", async ({ page, context, keyturn }) => {
      await signIn(page, await onKeyturnsOrigin(context, keyturn));
      await context.setOffline(true);
      expect(await page.evaluate(() => window.keyturn.signOut())).toEqual({ isConfirmed: false });
      await expectState(page, "unauthenticated, signed_out");
      const told = page.waitForResponse((answer) => answer.url().endsWith("/auth/signout") && answer.status() === 204);
      await context.setOffline(false);
      await told;
      expect(await keyturn.command("session", "list", "--all", "--json")).toContain('"signed_out"');
    });

    test("where another person signs in in one tab, the other shows them", async ({ page, context, keyturn }) => {
      await keyturn.signUp("bob@example.org");
      const address = await onKeyturnsOrigin(context, keyturn);
      await signIn(page, address);
      const other = await furtherTab(context, address);
      await page.evaluate(([email, password]) => window.keyturn.signIn({ email, password }), ["bob@example.org", PASSWORD] as const);
      await expectState(other, "authenticated, bob@example.org");
      const account = await other.evaluate(() => window.account.get());
      expect(account.email).toBe("bob@example.org");
    });

    test("R1.6 R3.5 whoever is away is signed out at the idle end, however much the page polls, and told why", async ({
      page,
      keyturn,
    }) => {
      await signIn(page, await onKeyturnsOrigin(page.context(), keyturn));
      await page.clock.install();
      for (let minutes = 0; minutes < 60; minutes += 10) {
        expect((await tenRequests(page))[0]).toBe(200);
        await keyturn.advance("10m");
        await page.clock.fastForward("10:00");
      }
      expect((await tenRequests(page))[0]).toBe(401);
      await expectState(page, "expired, idle");
    });

    test("R1.6 a machine that slept over the end says so when it wakes", async ({ page, keyturn }) => {
      await page.clock.install();
      await signIn(page, await onKeyturnsOrigin(page.context(), keyturn));
      await keyturn.advance("8h");
      await page.clock.fastForward("08:00:00");
      await expectState(page, "expired, idle");
    });

    test("R1.6 whoever types stays signed in", async ({ page, keyturn }) => {
      await signIn(page, await onKeyturnsOrigin(page.context(), keyturn));
      for (let minutes = 0; minutes < 120; minutes += 20) {
        await keyturn.advance("20m");
        await page.getByLabel("Notes").press("a");
        expect((await tenRequests(page))[0]).toBe(200);
      }
      await expectState(page, SIGNED_IN);
    });

    test("a server that restarts is waited for, and nobody is signed out", async ({ page, keyturn }) => {
      await signIn(page, await onKeyturnsOrigin(page.context(), keyturn));
      await keyturn.restart(async () => {
        const failed = await page.evaluate(() => window.keyturn.refresh().catch((error: { code: string }) => error.code));
        expect(failed).toBe("no-answer");
        await expectState(page, SIGNED_IN);
      });
      await keyturn.advance("30m");
      expect(await tenRequests(page)).toEqual(TEN_TIMES_200);
      await expectState(page, SIGNED_IN);
    });

    test("a person is signed out in a tab that the server could not tell, once it asks", async ({ page, keyturn }) => {
      await signIn(page, await onKeyturnsOrigin(page.context(), keyturn));
      await keyturn.restart(async () => {
        await keyturn.command("user", "set-state", "ann@example.org", "suspended", "--reason", "test");
      });
      expect((await tenRequests(page))[0]).toBe(401);
      await expectState(page, "unauthorized, account_state");
    });

    test("the set-up is found good where it is, and cookies that are not kept are named", async ({ page, context, keyturn }) => {
      await page.goto(await onKeyturnsOrigin(context, keyturn));
      expect(await page.evaluate(() => window.keyturn.diagnose())).toMatchObject({ isGood: true });
      await context.route("**/auth/csrf", async (route) => {
        const answer = await route.fetch({ headers: { ...route.request().headers(), cookie: "" } });
        const { "set-cookie": _none, ...headers } = answer.headers();
        await route.fulfill({ response: answer, headers });
      });
      const found = await page.evaluate(() => window.keyturn.diagnose());
      expect(found.findings.find((finding) => !finding.isGood)?.check).toBe("cookies");
    });

    test("the generation moves by one for one renewal", async ({ page, keyturn }) => {
      await signIn(page, await onKeyturnsOrigin(page.context(), keyturn));
      const refreshes = counting(page, "/auth/refresh");
      await keyturn.advance("30m");
      await tenRequests(page);
      expect([refreshes.count, await generation(page)]).toEqual([1, 1]);
    });
  });
}
