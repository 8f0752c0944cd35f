/**
 * `examples/react-vite`, as built: it logs in, asks ten times at once with an expired token, warns before the idle end, says when the session
 * has expired, and leads back; and as developers have it, where StrictMode mounts everything twice.
 */
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

import { counting } from "./client.ts";
import { type Keyturn, PASSWORD, test as base } from "./keyturn.ts";
import { built, shownAt } from "./vite.ts";

const EXAMPLE = new URL("../examples/react-vite/", import.meta.url);
const PATHS = ["/", "/login", "/reports"];

/** Has Keyturn's own origin show the example. */
const test = base.extend<{ site: string }>({
  site: async ({ context, keyturn }, use) => {
    await shownAt(context, keyturn.url, new URL("dist/", EXAMPLE), PATHS);
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
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
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
  // The page doesn't wait for the answer.
  await expect.poll(() => keyturn.command("session", "list", "--all", "--json")).toContain('"signed_out"');
});

/** Lets an hour less a minute and a half pass, for the server and the page, in which nobody does anything. */
async function beAway(page: Page, keyturn: Keyturn): Promise<void> {
  await keyturn.advance("58m 30s");
  await page.clock.fastForward("58:30");
}

test("R1.6 before the idle end a warning has the focus, can be answered by keyboard, and gives the focus back", async ({
  page,
  site,
  keyturn,
}) => {
  await page.clock.install();
  await visit(page, site);
  await page.getByRole("button", { name: "Load" }).focus();
  await beAway(page, keyturn);
  const warning = page.getByRole("alertdialog", { name: "Your session is about to end" });
  await expect(warning).toBeVisible();
  await expect(warning).toHaveAccessibleDescription(/You will be signed out in \d:\d\d minutes\./);
  await expect(page.getByRole("button", { name: "Stay signed in" })).toBeFocused();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.keyboard.press("Enter");
  await expect(warning).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Load" })).toBeFocused();
});

test("R1.6 who does not answer the warning is told why they are out", async ({ page, site, keyturn }) => {
  await page.clock.install();
  await visit(page, site);
  await beAway(page, keyturn);
  await expect(page.getByRole("alertdialog")).toBeVisible();
  await keyturn.advance("90s");
  await page.clock.fastForward("01:31");
  await expect(page.getByRole("alert")).toHaveText("Your session has expired. Please log in.");
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});

test("R3.5 mounted twice by StrictMode, in a development build, all is as once", async ({ page, context, keyturn }, info) => {
  test.slow();
  const dist = await built(EXAMPLE, info.outputPath("dist"), "development");
  await shownAt(context, keyturn.url, dist, PATHS);
  const told: string[] = [];
  page.on("console", (message) => told.push(message.text()));
  await visit(page, keyturn.url);
  expect(told.join(" "), "React's development build").toContain("React DevTools");
  const refreshes = counting(page, "/auth/refresh");
  await keyturn.advance("30m");
  await page.getByRole("button", { name: "Load" }).click();
  await expect(page.getByText("generation 2")).toBeVisible();
  expect(refreshes.count).toBe(1);
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
});
