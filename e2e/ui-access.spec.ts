/**
 * Who can use the web interface, and how it can be changed: each page as axe judges it, in both colour schemes, narrow and wide; the
 * keyboard alone; no script; and the settings that make it somebody's own.
 */
import { expect, type Page } from "@playwright/test";

import { Keyturn, PASSWORD, test } from "./keyturn.ts";
import { ANN, BEN, complaints, expectAccessible, heading, place, signIn, tabTo } from "./ui.ts";

test("R5.5 the keyboard alone is enough to sign in, to do a task and take it back, and to sign out", async ({ page, keyturn }) => {
  await page.goto(`${keyturn.url}/app/signin`);
  await page.getByLabel("Email or username").waitFor();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await tabTo(page, "Email or username");
  await page.keyboard.type(ANN);
  await tabTo(page, "Password");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page).toHaveTitle("Tasks · Keyturn");
  await page.keyboard.press("Tab");
  await tabTo(page, "What is to be done?");
  await page.keyboard.type("Buy milk");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Buy milk")).toBeVisible();
  await tabTo(page, "Delete “Buy milk”");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await tabTo(page, "Undo");
  await page.keyboard.press("Enter");
  await expect(page.getByText("“Buy milk” is back.")).toBeVisible();
  await tabTo(page, "Sessions");
  await page.keyboard.press("Enter");
  await expect(page).toHaveTitle("Where you are signed in · Keyturn");
  await tabTo(page, "Sign out everywhere");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("button", { name: "Sign out everywhere", exact: true })).toBeFocused();
  await tabTo(page, "Sign out");
  await page.keyboard.press("Enter");
  await expect(page).toHaveTitle("Sign in · Keyturn");
});

test.describe("with JavaScript switched off", () => {
  test.use({ javaScriptEnabled: false });

  test("R5.5 every address leads to the page that does the same", async ({ page, keyturn }) => {
    await page.goto(`${keyturn.url}/app/signin?return_to=%2Fdocs%2F`);
    await page.getByRole("link", { name: "Go on without JavaScript" }).click();
    await expect(page).toHaveURL(`${keyturn.url}/signin?return_to=%2Fdocs%2F`);
  });
});

test("R5.5 the interface can be put elsewhere, renamed, and switched off", async ({ page }) => {
  const elsewhere = await Keyturn.start(["ui.app_path=/id/people", "ui.name=Example", "ui.accent=#7b2d8b"]);
  await page.goto(`${elsewhere.url}/`);
  await expect(page).toHaveTitle("Sign in · Example");
  await expect(page).toHaveURL(/\/id\/people\/signin/);
  await elsewhere.stop();
  const off = await Keyturn.start(["ui.app=false"]);
  await page.goto(`${off.url}/`);
  await expect(page).toHaveTitle("Keyturn is running");
  await page.goto(`${off.url}/signin`);
  await expect(page.getByRole("banner").getByRole("link")).toHaveCount(0);
  await off.stop();
});

test("R5.5 a long name and a text of one's own fit a narrow phone", async ({ browser }) => {
  const keyturn = await Keyturn.start(["ui.name=Meridian Klinikverbund Nord-West gGmbH", "ui.texts.sign_in_title=Willkommen zurück"]);
  await keyturn.signUp(ANN);
  const context = await browser.newContext({ viewport: { width: 320, height: 640 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${keyturn.url}/app/account`);
  await heading(page, "Willkommen zurück").waitFor();
  await expectAccessible(page);
  await signIn(page);
  await heading(page, "Your account").waitFor();
  await expectAccessible(page);
  await page.goto(`${keyturn.url}/account`);
  await expectAccessible(page);
  await context.close();
  await keyturn.stop();
});

test("R5.5 on a phone what was just done stands above the places, not on them", async ({ browser, keyturn }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 700 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${keyturn.url}/app/tasks`);
  await signIn(page);
  await page.getByLabel("What is to be done?").fill("Buy milk");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Delete “Buy milk”" }).click();
  await page.getByRole("button", { name: "Undo" }).waitFor();
  const undo = await page.getByRole("button", { name: "Undo" }).boundingBox();
  const places = await page.getByRole("navigation", { name: "Places" }).boundingBox();
  if (!undo || !places) throw new Error("one of them is not shown");
  expect(undo.y + undo.height).toBeLessThanOrEqual(places.y);
  await context.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`R5.5 buttons and links can be read whatever the accent is, in the ${colorScheme} scheme`, async ({ browser }) => {
    for (const accent of ["#ffeb3b", "#111111", "#e01b24"]) {
      const keyturn = await Keyturn.start([`ui.accent=${accent}`, "ui.imprint=https://example.org/imprint"]);
      await keyturn.signUp(ANN);
      const context = await browser.newContext({ colorScheme, reducedMotion: "reduce" });
      const page = await context.newPage();
      await page.goto(`${keyturn.url}/app/sessions`);
      await heading(page, "Sign in").waitFor();
      await expectAccessible(page);
      await signIn(page);
      await expect(page.getByText("This device")).toBeVisible();
      await expectAccessible(page);
      await context.close();
      await keyturn.stop();
    }
  });

  for (const width of [320, 1280]) {
    test(`R5.5 axe finds nothing in the ${colorScheme} interface, ${width} pixels wide`, async ({ browser, keyturn }) => {
      test.slow();
      await keyturn.command("user", "grant", ANN, "admin");
      await keyturn.signUp(BEN);
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" });
      const page = await context.newPage();
      const heard = complaints(page);
      await judgeEntrance(page, keyturn);
      await judgeTasks(page);
      await judgeOwnPages(page, keyturn);
      await judgeAdministration(page, keyturn);
      await judgeEnds(page, keyturn);
      expect(heard).toEqual([]);
      await context.close();
    });
  }
}

async function judged(page: Page, keyturn: Keyturn, address: string, shows: string): Promise<void> {
  await page.goto(`${keyturn.url}/app${address}`);
  await expect(heading(page, shows)).toBeVisible();
  await page.waitForLoadState("networkidle");
  await expectAccessible(page);
}

async function judgeEntrance(page: Page, keyturn: Keyturn): Promise<void> {
  await judged(page, keyturn, "/signin?reason=token_reuse", "Sign in");
  await signIn(page, ANN, "not the password at all");
  await expect(page.getByRole("alert")).toBeVisible();
  await expectAccessible(page);
  await judged(page, keyturn, "/signup", "Create an account");
  await judged(page, keyturn, "/forgot", "Set a new password");
  await judged(page, keyturn, "/reset?token=none", "Choose a new password");
  await judged(page, keyturn, "/activate?token=none", "Activate your account");
  await page.goto(`${keyturn.url}/app/signin`);
  await signIn(page);
  await expect(page).toHaveTitle("Tasks · Keyturn");
}

async function judgeTasks(page: Page): Promise<void> {
  await expectAccessible(page);
  await page.getByLabel("What is to be done?").fill("Buy milk");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Edit “Buy milk”" }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Delete “Buy milk”" }).click();
  await expect(page.getByRole("heading", { name: "Nothing to do" })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await expectAccessible(page);
}

async function judgeOwnPages(page: Page, keyturn: Keyturn): Promise<void> {
  await judged(page, keyturn, "/tasks/deleted", "Deleted tasks");
  await page.getByRole("button", { name: "Delete “Buy milk” for good" }).click();
  await expectAccessible(page);
  await judged(page, keyturn, "/account", "Your account");
  await judged(page, keyturn, "/sessions", "Where you are signed in");
  await page.getByRole("button", { name: "Sign out everywhere", exact: true }).click();
  await expectAccessible(page);
}

async function judgeAdministration(page: Page, keyturn: Keyturn): Promise<void> {
  await judged(page, keyturn, "/admin/users/new", "New user");
  await judged(page, keyturn, "/admin/users", "Users");
  await page.getByRole("link", { name: ANN }).click();
  await expect(page.getByRole("heading", { name: "What happened" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  await expectAccessible(page);
  for (const [opens, title] of [
    ["Edit", "Edit the account"],
    ["Suspend", "Suspend"],
    ["Set a password", "Set a password"],
    ["Delete this account", "Delete the account of ann@example.org?"],
  ] as const) {
    await page.getByRole("button", { name: opens }).click();
    await expect(page.getByRole("dialog", { name: title })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
  }
  await judged(page, keyturn, "/admin/sessions?state=all", "Sessions");
  await page.getByRole("main").getByRole("listitem").first().getByRole("link").click();
  await expect(page.getByRole("heading", { name: "Its story" })).toBeVisible();
  await expectAccessible(page);
  await judged(page, keyturn, "/admin/audit", "Audit log");
}

async function judgeEnds(page: Page, keyturn: Keyturn): Promise<void> {
  await judged(page, keyturn, "/nothing/here", "There is nothing here");
  await page.goto(`${keyturn.url}/app/account`);
  await expect(heading(page, "Your account")).toBeVisible();
  await page.waitForLoadState("networkidle");
  await keyturn.advance("61m");
  // By key: a pointer that moves is input, so that the page could say it before the click.
  await place(page, "Sessions").press("Enter");
  await expect(page.getByRole("link", { name: "Sign in again" })).toBeVisible();
  await expectAccessible(page);
}
