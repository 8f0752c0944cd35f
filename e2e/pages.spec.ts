/**
 * The pages for people without script: what a person does with an account, in a browser whose JavaScript is off; and each page as
 * axe judges it (WCAG 2.2 AA), in both colour schemes, narrow and wide.
 */
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type Page, expect } from "@playwright/test";

import { PASSWORD, test } from "./keyturn.ts";

const BEN = "ben@example.org";

test.describe("with JavaScript switched off", () => {
  test.use({ javaScriptEnabled: false });

  test("R2.1 R3.3 a person signs up, signs out, and comes back to where they were", async ({ page, keyturn }) => {
    await page.goto(`${keyturn.url}/account`);
    await expect(page).toHaveTitle(/^Sign in/);
    await page.getByRole("link", { name: "Sign up" }).click();
    await page.getByLabel("Email", { exact: true }).fill("ben");
    await page.getByLabel("Name (optional)", { exact: true }).fill("Ben");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page).toHaveTitle(/^Error: Create an account/);
    await expect(page.getByRole("alert")).toBeFocused();
    await page.getByRole("alert").getByRole("link", { name: "An email address has an @ in it." }).click();
    await expect(page.getByLabel("Email", { exact: true })).toBeFocused();
    await expect(page.getByLabel("Name (optional)", { exact: true })).toHaveValue("Ben");
    await page.getByLabel("Email", { exact: true }).fill(BEN);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page).toHaveURL(`${keyturn.url}/account`);
    await expect(page.getByRole("main")).toContainText(BEN);

    await page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("status")).toHaveText("You signed out.");
    await page.goto(`${keyturn.url}/signin?return_to=/docs/`);
    await signIn(page, BEN, "not the password at all");
    await expect(page.getByRole("alert")).toContainText("The sign-in name or the password is wrong.");
    await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(`${keyturn.url}/docs/`);
  });

  test("R5.1 a person ends a session elsewhere, which is told why", async ({ page, browser, keyturn }) => {
    const elsewhere = await another(browser);
    await elsewhere.goto(`${keyturn.url}/signin`);
    await signIn(elsewhere, "ann@example.org");
    await page.goto(`${keyturn.url}/signin`);
    await signIn(page, "ann@example.org");
    await expect(page.getByRole("listitem").filter({ hasText: "This device" })).toHaveCount(1);
    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await expect(page.getByRole("status")).toHaveText("You are signed out everywhere else.");
    await elsewhere.reload();
    await expect(elsewhere.getByRole("status")).toContainText("from another device");
    await elsewhere.context().close();
  });

  test("R2.6 a person changes name and password, and deletes the account", async ({ page, keyturn }) => {
    await page.goto(`${keyturn.url}/signin`);
    await signIn(page, "ann@example.org");
    await page.getByRole("link", { name: "Change name or username" }).click();
    await page.getByLabel("Name (optional)", { exact: true }).fill("Ann Example");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("status")).toHaveText("Your details are saved.");
    await expect(page.getByRole("main")).toContainText("Ann Example");
    await page.getByRole("link", { name: "Change password" }).click();
    await page.getByLabel("Current password").fill("not the password at all");
    await page.getByLabel("New password").fill("seven quiet herons in fog");
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByRole("alert")).toContainText("The current password is wrong.");
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password").fill("seven quiet herons in fog");
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByRole("status")).toContainText("Your password is changed.");
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).click();
    expect((await download).suggestedFilename()).toBe("account.json");
    await page.getByRole("link", { name: "Delete your account" }).click();
    await page.getByLabel("Current password").fill("seven quiet herons in fog");
    await page.getByRole("button", { name: "Delete for good" }).click();
    await expect(page.getByRole("status")).toHaveText("Your account was deleted.");
    await signIn(page, "ann@example.org", "seven quiet herons in fog");
    await expect(page.getByRole("alert")).toContainText("The sign-in name or the password is wrong.");
  });

  test("R1.2 R1.6 pages are renewed unnoticed, a late form is served, and an idle session is not", async ({ page, keyturn }) => {
    await page.goto(`${keyturn.url}/signin`);
    await signIn(page, "ann@example.org");
    await keyturn.advance("31m");
    await page.reload();
    await expect(page).toHaveTitle(/^Your account/);
    await keyturn.advance("31m");
    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await expect(page.getByRole("status")).toHaveText("You are signed out everywhere else.");
    await keyturn.advance("61m");
    await page.reload();
    await expect(page.getByRole("status")).toContainText("there was no activity");
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [320, 1280]) {
    test(`axe finds nothing in the ${colorScheme} pages, ${width} pixels wide`, async ({ browser, keyturn }) => {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
      const page = await context.newPage();
      const judged = async (address: string) => {
        await page.goto(keyturn.url + address);
        await expectAccessible(page);
      };
      await judged("/signin?reason=token_reuse");
      await signIn(page, "nobody@example.org", "not the password at all");
      await expectAccessible(page);
      await judged("/signup");
      await page.getByRole("button", { name: "Create account" }).click();
      await expectAccessible(page);
      await judged("/signup/pending");
      await judged("/account/nothing");
      await page.goto(`${keyturn.url}/signin`);
      await signIn(page, "ann@example.org");
      await expect(page).toHaveTitle(/^Your account/);
      await expectAccessible(page);
      for (const address of ["/signin", "/account/profile", "/account/password", "/account/deactivate", "/account/delete"]) {
        await judged(address);
      }
      await page.getByRole("button", { name: "Delete for good" }).click();
      await expectAccessible(page);
      await context.close();
    });
  }
}

async function signIn(page: Page, identifier: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("Email or username").fill(identifier);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** A page of somebody else's browser, without script too. */
async function another(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  return context.newPage();
}

/** Nothing that axe finds, and nothing wider than the window (WCAG 2.2, 1.4.10). */
async function expectAccessible(page: Page): Promise<void> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  expect(found, page.url()).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, page.url()).toBeLessThanOrEqual(0);
}
