/**
 * Plain axios in a browser, on an origin of its own, does what the refresh-token document describes: `apps/axios-app.js`.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

import { type Page, type Request, expect } from "@playwright/test";

import { type Keyturn, PASSWORD, test as base } from "./keyturn.ts";
import { Origin } from "./origin.ts";

/** The package as the registry has it; the file in it is for browsers, and needs no bundler. */
const AXIOS = pathToFileURL(createRequire(import.meta.url).resolve("axios/package.json"));

const test = base.extend<{ application: Origin }>({
  application: async ({}, use) => {
    const application = await Origin.serving({
      "/": new URL("apps/axios.html", import.meta.url),
      "/axios-app.js": new URL("apps/axios-app.js", import.meta.url),
      "/axios.js": new URL("dist/esm/axios.js", AXIOS),
    });
    await use(application);
    await application.stop();
  },
});

async function logIn(page: Page, password = PASSWORD): Promise<void> {
  await page.getByLabel("Email").fill("ann@example.org");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Opens the application and logs in. */
async function visit(page: Page, application: Origin, keyturn: Keyturn, variant = ""): Promise<void> {
  await page.goto(`${application.url}/?api=${encodeURIComponent(keyturn.url)}${variant}`);
  await expect(page.getByRole("status")).toHaveText("Please log in");
  await logIn(page);
  await expect(page.getByRole("status")).toHaveText("Hello ann@example.org");
}

/** Ten requests whose access token has expired; answers how many refreshes they led to. */
async function tenExpired(page: Page, keyturn: Keyturn): Promise<number> {
  await keyturn.advance("30m");
  return loadTen(page);
}

/** Ten requests at once; answers how many refreshes they led to. */
async function loadTen(page: Page): Promise<number> {
  const refreshes: Request[] = [];
  const count = (request: Request) => {
    if (request.method() === "POST" && request.url().endsWith("/auth/refresh")) refreshes.push(request);
  };
  page.on("request", count);
  await page.getByRole("button", { name: "Load ten things" }).click();
  await expect(page.getByRole("status")).toContainText("loaded");
  page.off("request", count);
  return refreshes.length;
}

async function expectNothingStored(page: Page): Promise<void> {
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
}

test("R3.1 R3.2 R3.3 axios logs in by the form, refreshes by cookie and logs out", async ({ page, application, keyturn }) => {
  await visit(page, application, keyturn);
  const cookies = await page.context().cookies(keyturn.url);
  const hidden = cookies.filter((cookie) => cookie.httpOnly).map((cookie) => cookie.name);
  expect(hidden.sort()).toEqual(["__Host-keyturn_device", "__Host-keyturn_refresh"]);
  expect(cookies.every((cookie) => cookie.secure && cookie.sameSite === "Lax")).toBe(true);

  await page.reload();
  await expect(page.getByRole("status")).toHaveText("Welcome back");
  await expectNothingStored(page);

  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("status")).toHaveText("Goodbye");
  const left = await page.context().cookies(keyturn.url);
  expect(left.map((cookie) => cookie.name)).not.toContain("__Host-keyturn_refresh");
  expect(await keyturn.command("session", "list", "--all", "--json")).toContain('"signed_out"');
  await page.reload();
  await expect(page.getByRole("status")).toHaveText("Please log in");
});

test("R3.1 a wrong password is told and signs nobody in", async ({ page, application, keyturn }) => {
  await page.goto(`${application.url}/?api=${encodeURIComponent(keyturn.url)}`);
  await expect(page.getByRole("status")).toHaveText("Please log in");
  await logIn(page, "not the password");
  await expect(page.getByRole("status")).not.toHaveText("Please log in");
  await expect(page.getByRole("status")).not.toContainText("Hello");
  const cookies = await page.context().cookies(keyturn.url);
  expect(cookies.map((cookie) => cookie.name)).not.toContain("__Host-keyturn_refresh");
});

test("R3.2 R3.4 ten requests that refresh at once are one use of the token", async ({ page, application, keyturn }) => {
  await visit(page, application, keyturn);
  expect(await tenExpired(page, keyturn)).toBe(10);
  await expect(page.getByRole("status")).toHaveText("10 loaded, generation 1");
  // The session lives on, and its next refresh is an ordinary one.
  await tenExpired(page, keyturn);
  await expect(page.getByRole("status")).toHaveText("10 loaded, generation 2");
  await expectNothingStored(page);
});

test("R3.2 R3.4 two tabs that refresh at the same moment keep their session", async ({ page, application, keyturn }) => {
  await visit(page, application, keyturn);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await expect(other.getByRole("status")).toHaveText("Welcome back");
  await keyturn.advance("30m");
  expect(await Promise.all([loadTen(page), loadTen(other)])).toEqual([10, 10]);
  for (const tab of [page, other]) await expect(tab.getByRole("status")).toHaveText("10 loaded, generation 2");
});

test("R3.2 ten requests that wait for one refresh lead to one", async ({ page, application, keyturn }) => {
  await visit(page, application, keyturn, "&shared");
  expect(await tenExpired(page, keyturn)).toBe(1);
  await expect(page.getByRole("status")).toHaveText("10 loaded, generation 1");
});

test("R1.4 R3.7 on a host that can't read the CSRF cookie, axios takes the token from the answers", async ({
  page,
  application,
  keyturn,
}) => {
  await visit(page, application, keyturn, "&csrf-header");
  expect(await tenExpired(page, keyturn)).toBe(10);
  await expect(page.getByRole("status")).toHaveText("10 loaded, generation 1");
  await page.reload();
  await expect(page.getByRole("status")).toHaveText("Welcome back");
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("status")).toHaveText("Goodbye");
});

test("R1.6 after an hour of silence the refresh is refused, and the person can log in again", async ({ page, application, keyturn }) => {
  await visit(page, application, keyturn);
  await keyturn.advance("60m");
  await page.getByRole("button", { name: "Load ten things" }).click();
  await expect(page.getByRole("status")).toHaveText("Your session has expired. Please log in.");
  await logIn(page);
  await expect(page.getByRole("status")).toHaveText("Hello ann@example.org");
});
