/**
 * What a page of another site tries against somebody who is signed in: a real second origin, under a name of its own, that Keyturn was never
 * told of. The browser is told that the name is this machine.
 *
 * The rule: the victim's session, account and tasks are afterwards what they were, and the attacker has read nothing.
 */
import { type BrowserContext, expect, type LaunchOptions, type Page } from "@playwright/test";

import { onKeyturnsOrigin, signIn, test as base } from "./client.ts";
import { Keyturn, PASSWORD, STORES } from "./keyturn.ts";
import { Origin } from "./origin.ts";
import config from "./playwright.config.ts";

const EVIL = "evil.example";
const MALLORY = "mallory@example.org";

const test = base.extend<{ attacker: Origin }, { launchOptions: LaunchOptions }>({
  keyturn: async ({ store }, use) => {
    const keyturn = await Keyturn.startAtItsIssuer([], store);
    await keyturn.signUp("ann@example.org");
    await keyturn.signUp(MALLORY);
    await use(keyturn);
    await keyturn.stop();
  },
  launchOptions: [
    async ({}, use) => {
      const { launchOptions } = config.use ?? {};
      const resolving = `--host-resolver-rules=MAP ${EVIL} 127.0.0.1 , MAP * ~NOTFOUND , EXCLUDE 127.0.0.1, EXCLUDE localhost`;
      await use({ ...launchOptions, args: [...(launchOptions?.args ?? []), resolving] });
    },
    { scope: "worker" },
  ],
  attacker: async ({}, use) => {
    const attacker = await Origin.serving({ "/": new URL("apps/attack.html", import.meta.url) });
    await use(attacker);
    await attacker.stop();
  },
});

/** What changes something, for whoever can have it sent. */
const UNSAFE: readonly (readonly [path: string, body: object])[] = [
  ["/auth/signout", {}],
  ["/auth/refresh", {}],
  ["/auth/activity", { idle_seconds: 0 }],
  ["/auth/password", { current_password: PASSWORD, new_password: "seven quiet herons in fog" }],
  ["/auth/account/email", { current_password: PASSWORD, email: MALLORY }],
  ["/auth/account/deactivate", { current_password: PASSWORD }],
  ["/auth/signin", { email: MALLORY, password: PASSWORD }],
  ["/api/tasks", { title: "pay Mallory" }],
];

/** What tells something. */
const READ: readonly string[] = ["/auth/session", "/auth/account", "/auth/account/export", "/auth/sessions", "/auth/csrf", "/api/tasks"];

/** What the server knows of Ann: her sessions, her account, her tasks. */
async function known(ann: Page): Promise<unknown> {
  return ann.evaluate(async () => {
    const passive = { headers: { "keyturn-passive": "1" } };
    const paths = ["/auth/session", "/auth/sessions?state=all", "/auth/account", "/api/tasks"];
    const answers = await Promise.all(paths.map(async (path) => (await window.keyturn.fetch(path, passive)).json()));
    const { now: _moves, ...context } = answers[0] as { now: string };
    return [context, ...answers.slice(1)];
  });
}

/** Ann, signed in; and the attacker's page, which she has opened beside. */
async function lured(page: Page, context: BrowserContext, keyturn: Keyturn, attacker: Origin): Promise<Page> {
  await signIn(page, await onKeyturnsOrigin(context, keyturn));
  const lure = await context.newPage();
  await lure.goto(attacker.url.replace("localhost", EVIL));
  return lure;
}

/** Sends it by `fetch`, as a page may without being asked about it, and as JSON, for which browsers ask first; answers what could be read. */
function byFetch(lure: Page, url: string, method: string, body: object): Promise<string[]> {
  return lure.evaluate(
    async ([url, method, body]) => {
      const attempts: RequestInit[] = [
        { method, body, mode: "no-cors" },
        { method, body },
        { method, body, headers: { "content-type": "application/json", "x-csrf-token": "forged" } },
      ];
      const read = attempts.map(async (attempt) => {
        const answer = await fetch(url, { ...attempt, credentials: "include" }).catch(() => undefined);
        return (await answer?.text().catch(() => "")) ?? "";
      });
      return (await Promise.all(read)).filter(Boolean);
    },
    [url, method, JSON.stringify(body)] as const,
  );
}

/** Sends it by a form, in a window of its own, as text that happens to be JSON. */
async function byForm(lure: Page, url: string, body: object): Promise<number> {
  const opened = lure.context().waitForEvent("page");
  const answered = lure.context().waitForEvent("response", (it) => it.url() === url);
  await lure.evaluate(
    ([url, text]) => {
      const form = Object.assign(document.createElement("form"), { action: url, method: "post", enctype: "text/plain", target: "_blank" });
      // `name=value` in the body: the equals sign hides in a field that nobody reads.
      const field = Object.assign(document.createElement("input"), {
        name: `${text.slice(0, -1)}${text === "{}" ? "" : ","}"x":"`,
        value: '"}',
      });
      form.append(field);
      document.body.append(form);
      form.submit();
      form.remove();
    },
    [url, JSON.stringify(body)] as const,
  );
  const answer = await answered;
  await (await opened).close();
  return answer.status();
}

for (const store of STORES) {
  test.describe(`on ${store}`, () => {
    test.use({ store });

    test("R1.4 R3.7 scripts of another site change nothing and read nothing", async ({ page, context, keyturn, attacker }) => {
      const lure = await lured(page, context, keyturn, attacker);
      const before = await known(page);
      for (const [path, body] of UNSAFE) expect(await byFetch(lure, `${keyturn.url}${path}`, "POST", body), path).toEqual([]);
      expect(await byFetch(lure, `${keyturn.url}/auth/account`, "DELETE", { current_password: PASSWORD })).toEqual([]);
      expect(await byFetch(lure, `${keyturn.url}/auth/sessions?all=true`, "DELETE", {})).toEqual([]);
      for (const path of READ) {
        const read = await lure.evaluate(
          (url) =>
            fetch(url, { credentials: "include", headers: { "keyturn-passive": "1" } }).then(
              (it) => it.text(),
              () => "",
            ),
          `${keyturn.url}${path}`,
        );
        expect(read, path).toBe("");
      }
      expect(await known(page)).toEqual(before);
    });

    test("R1.4 forms of another site change nothing, and sign nobody in as somebody else", async ({ page, context, keyturn, attacker }) => {
      const lure = await lured(page, context, keyturn, attacker);
      const before = await known(page);
      for (const [path, body] of UNSAFE) expect(await byForm(lure, `${keyturn.url}${path}`, body), path).toBeGreaterThanOrEqual(400);
      for (const path of ["/signin", "/signout", "/account/delete"]) {
        expect(await byForm(lure, `${keyturn.url}${path}`, { identifier: MALLORY, password: PASSWORD }), path).toBeGreaterThanOrEqual(400);
      }
      expect(await known(page)).toEqual(before);
    });

    test("what is shown to Ann can't be framed by another site, nor run as a script there", async ({
      page,
      context,
      keyturn,
      attacker,
    }) => {
      const lure = await lured(page, context, keyturn, attacker);
      // From here on all of Keyturn's origin is Keyturn's own, the interface's address included.
      await context.unrouteAll();
      for (const path of ["/account", "/signin", "/app/signin"]) {
        const answer = lure.waitForResponse((it) => it.url() === `${keyturn.url}${path}`);
        await lure.evaluate((url) => {
          document.body.append(Object.assign(document.createElement("iframe"), { src: url }));
        }, `${keyturn.url}${path}`);
        await answer;
        // The browser's own page stands in the frame once it has refused ours: before that nothing does, and nothing would be found.
        await expect.poll(() => lure.frames().at(-1)?.url()).toMatch(/^chrome-error:/);
        await expect(lure.frameLocator("iframe").last().locator("form")).toHaveCount(0);
      }
      const ran = await lure.evaluate(
        (url) =>
          new Promise((resolve) => {
            const script = Object.assign(document.createElement("script"), { src: url });
            script.addEventListener("load", () => resolve("loaded"));
            script.addEventListener("error", () => resolve("refused"));
            document.head.append(script);
          }),
        `${keyturn.url}/auth/session`,
      );
      expect(ran).toBe("refused");
    });
  });
}
