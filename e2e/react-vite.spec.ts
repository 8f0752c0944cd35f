/**
 * `examples/react-vite`, as built: it logs in, asks ten times at once with an expired token, says when the session has expired, and leads
 * back.
 */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

import { counting } from "./client.ts";
import { test as base, PASSWORD } from "./keyturn.ts";
import { fileAt, TYPES } from "./origin.ts";

const DIST = new URL("../examples/react-vite/dist/", import.meta.url);
const FILES: Readonly<Record<string, URL>> = {
  "/": new URL("index.html", DIST),
  "/login": new URL("index.html", DIST),
  "/reports": new URL("index.html", DIST),
  "/assets/": new URL("assets/", DIST),
};

/** Has Keyturn's own origin show the example, as a proxy in front of both does. */
const test = base.extend<{ site: string }>({
  site: async ({ context, keyturn }, use) => {
    await context.route(
      (url) => url.origin === keyturn.url && !url.pathname.startsWith("/auth/"),
      async (route) => {
        const file = fileAt(FILES, new URL(route.request().url()).pathname);
        if (!file) return route.fulfill({ status: 404 });
        await route.fulfill({ body: await readFile(file), contentType: TYPES[extname(file.pathname)] ?? "text/plain" });
      },
    );
    await use(keyturn.url);
  },
});

async function logIn(page: Page): Promise<void> {
  await page.getByLabel("Email or username").fill("ann@example.org");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
}

async function visit(page: Page, site: string): Promise<void> {
  await page.goto(`${site}/reports?page=2`);
  await page.getByRole("link", { name: "Log in" }).click();
  await logIn(page);
  await expect(page.getByRole("status")).toHaveText("Hello ann@example.org");
}

test("R3.5 log in, come back to the page, ten requests with an expired token and one refresh", async ({ page, site, keyturn }) => {
  await visit(page, site);
  expect(page.url()).toBe(`${site}/reports?page=2`);
  const refreshes = counting(page, "/auth/refresh");
  await keyturn.advance("30m");
  await page.getByRole("button", { name: "Load" }).click();
  // The page came back from the log-in by a refresh of its own.
  await expect(page.getByText("generation 2")).toBeVisible();
  expect(refreshes.count).toBe(1);
});

test("R3.5 an expired session is said, with a link to log in that leads back", async ({ page, site, keyturn }) => {
  await visit(page, site);
  await keyturn.advance("60m");
  await page.reload();
  await expect(page.getByRole("alert")).toHaveText("Your session has expired. Please log in.");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole("link", { name: "log in" }).click();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await logIn(page);
  await expect(page.getByRole("status")).toHaveText("Hello ann@example.org");
  expect(page.url()).toBe(`${site}/reports?page=2`);
});

test("a wrong password is told, and a link can't lead elsewhere", async ({ page, site }) => {
  await page.goto(`${site}/login?return_to=https://evil.example/`);
  await page.getByLabel("Email or username").fill("ann@example.org");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).not.toBeEmpty();
  await logIn(page);
  await expect(page.getByRole("status")).toHaveText("Hello ann@example.org");
  expect(page.url()).toBe(`${site}/`);
});

test("R3.3 logging out is told to the server", async ({ page, site, keyturn }) => {
  await visit(page, site);
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
  expect(await keyturn.command("session", "list", "--all", "--json")).toContain('"signed_out"');
});
