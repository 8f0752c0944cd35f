/**
 * An application around `@keyturn/client`, as a test's own page: on Keyturn's origin, or on one of its own.
 */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";

import { type BrowserContext, expect, type Page, type Request } from "@playwright/test";

import type { AccountCalls } from "../web/client/dist/account.js";
import type { Keyturn as Client } from "../web/client/dist/index.js";
import { test as base, type Keyturn, PASSWORD } from "./keyturn.ts";
import { fileAt, Origin, TYPES } from "./origin.ts";

declare global {
  interface Window {
    keyturn: Client;
    account: AccountCalls;
  }
}

const FILES: Readonly<Record<string, URL>> = {
  "/": new URL("apps/client.html", import.meta.url),
  "/client-app.js": new URL("apps/client-app.js", import.meta.url),
  "/client/": new URL("../web/client/dist/", import.meta.url),
};

/** `application`: the page on an origin of its own. */
export const test = base.extend<{ application: Origin }>({
  application: async ({}, use) => {
    const application = await Origin.serving(FILES);
    await use(application);
    await application.stop();
  },
});

/** Has this browser find the page at `/app/` of Keyturn's own origin; answers its address. */
export async function onKeyturnsOrigin(context: BrowserContext, keyturn: Keyturn): Promise<string> {
  await context.route(
    (url) => url.origin === keyturn.url && /^\/(app\/|client)/.test(url.pathname),
    async (route) => {
      const path = new URL(route.request().url()).pathname;
      const file = fileAt(FILES, path === "/app/" ? "/" : path);
      if (!file) return route.fulfill({ status: 404 });
      await route.fulfill({ body: await readFile(file), contentType: TYPES[extname(file.pathname)] ?? "text/plain" });
    },
  );
  return `${keyturn.url}/app/`;
}

/** What the page says its state is. */
export async function expectState(page: Page, words: string | RegExp): Promise<void> {
  await expect(page.getByRole("status")).toHaveText(words);
}

/** Opens the page and signs in as Ann. */
export async function signIn(page: Page, address: string, email = "ann@example.org"): Promise<void> {
  await page.goto(address);
  await expectState(page, "unauthenticated");
  await page.evaluate(([email, password]) => window.keyturn.signIn({ email, password }), [email, PASSWORD] as const);
  await expectState(page, `authenticated, ${email}`);
}

/** What `tenRequests` answers where all went well. */
export const TEN_TIMES_200: readonly number[] = Array.from({ length: 10 }, () => 200);

/** Ten requests of the page at once; answers their statuses. */
export function tenRequests(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    const asked = Array.from({ length: 10 }, () => window.keyturn.fetch("/auth/account"));
    return (await Promise.all(asked)).map((answer) => answer.status);
  });
}

/** The generation of the page's session, by the server. */
export function generation(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const answer = await window.keyturn.fetch("/auth/session", { headers: { "keyturn-passive": "1" } });
    return ((await answer.json()) as { session: { generation: number } }).session.generation;
  });
}

/** Counts a page's requests to a path from now on. */
export function counting(page: Page, path: string): { count: number } {
  const counted = { count: 0 };
  page.on("request", (request: Request) => {
    if (request.method() !== "OPTIONS" && new URL(request.url()).pathname === path) counted.count += 1;
  });
  return counted;
}
