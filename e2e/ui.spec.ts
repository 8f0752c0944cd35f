/**
 * The web interface against the real binary: what a person does from the first day to the last, each page as axe judges it, the keyboard
 * alone, and that no token is ever within a script's reach.
 */
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

import { Keyturn, PASSWORD, test } from "./keyturn.ts";

const ANN = "ann@example.org";
const NEW_PASSWORD = "seven quiet herons in fog";

/** What the browser refuses to load or to run, and what no script caught. */
function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("pageerror", (error) => heard.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/i.test(message.text())) heard.push(message.text());
  });
  return heard;
}

test("R2.1 R5.5 a person signs up, changes what is known, signs out, and deletes the account", async ({ page, keyturn }) => {
  const heard = complaints(page);
  await page.goto(`${keyturn.url}/`);
  await expect(page).toHaveURL(`${keyturn.url}/app/signin?return_to=%2Fapp%2F`);
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.getByLabel("Email", { exact: true }).fill("ben@example.org");
  await page.getByLabel("Password", { exact: true }).fill("keyturn1");
  await expect(page.getByText("Very easy to guess.")).toBeVisible();
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await expect(page.getByText("Hard to guess.")).toBeVisible();
  await page.getByRole("button", { name: "Create account" }).click();
  await place(page, "Account").click();
  await page.getByLabel("Name (optional)", { exact: true }).fill("Ben Okafor");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Your details are saved.")).toBeVisible();

  const card = page.getByRole("region", { name: "Change password" });
  await card.getByLabel("Current password").fill("not the password at all");
  await card.getByLabel("New password").fill(NEW_PASSWORD);
  await card.getByRole("button", { name: "Change password" }).click();
  await expect(card.getByRole("alert")).toHaveText("The current password is wrong.");
  await card.getByLabel("Current password").fill(PASSWORD);
  await card.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password is changed.")).toBeVisible();

  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page).toHaveTitle("Sign in · Keyturn");
  await signIn(page, "ben@example.org", NEW_PASSWORD);
  await place(page, "Account").click();
  await expect(page.getByLabel("Name (optional)", { exact: true })).toHaveValue("Ben Okafor");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toBe("account.json");
  await page.getByRole("button", { name: "Delete your account" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete your account" });
  await dialog.getByLabel("Current password").fill(NEW_PASSWORD);
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByText("Your account was deleted.")).toBeVisible();
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, "ben@example.org", NEW_PASSWORD);
  await expect(page.getByRole("alert")).toHaveText("The sign-in name or the password is wrong.");
  expect(heard).toEqual([]);
});

test("R5.2 R5.3 R5.5 a person writes tasks down, does them, deletes one and takes it back", async ({ page, keyturn }) => {
  await page.goto(`${keyturn.url}/app/`);
  await signIn(page);
  await expect(page.getByRole("heading", { name: "Nothing to do" })).toBeVisible();
  for (const title of ["Buy milk", "Call the landlord"]) {
    await page.getByLabel("What is to be done?").fill(title);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("checkbox", { name: `Mark “${title}” as done` })).toBeVisible();
  }
  await page.getByRole("checkbox", { name: "Mark “Buy milk” as done" }).click();
  await expect(page.getByText("Buy milk")).toBeHidden();
  await page.getByRole("button", { name: "Edit “Call the landlord”" }).click();
  await page.getByLabel("Notes").fill("About the boiler");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("About the boiler")).toBeVisible();
  await page.getByRole("button", { name: "Delete “Call the landlord”" }).click();
  await expect(page.getByRole("heading", { name: "Nothing to do" })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("About the boiler")).toBeVisible();
  await page.getByRole("button", { name: "Delete “Call the landlord”" }).click();
  await place(page, "Deleted").click();
  await expect(page.getByRole("main").getByRole("listitem")).toContainText("Gone for good");
  await page.getByRole("button", { name: "Restore “Call the landlord”" }).click();
  await expect(page.getByRole("heading", { name: "Nothing is deleted" })).toBeVisible();
  await place(page, "Tasks").click();
  await expect(page.getByText("About the boiler")).toBeVisible();
});

test("R3.6 no token is within a script's reach, on any page", async ({ page, keyturn }) => {
  await page.goto(`${keyturn.url}/app/signin`);
  await signIn(page);
  for (const name of ["Sessions", "Account"]) {
    await place(page, name).click();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.waitForLoadState("networkidle");
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    expect(kept).not.toMatch(/ktr_|eyJ|keyturn_(access|refresh|device)/);
  }
});

test("R1.6 R3.5 an idle session says so where the person is, and leads back there", async ({ page, keyturn }) => {
  await page.goto(`${keyturn.url}/app/account`);
  await signIn(page);
  await expect(page).toHaveURL(`${keyturn.url}/app/account`);
  await keyturn.advance("61m");
  await place(page, "Sessions").click();
  await expect(page.getByText("Your session ended because there was no activity for a while.")).toBeVisible();
  await page.getByRole("link", { name: "Sign in again" }).click();
  await signIn(page);
  await expect(page).toHaveURL(`${keyturn.url}/app/sessions`);
  await expect(page.getByText("This device")).toBeVisible();
});

test("R5.1 a person ends a session elsewhere, which is told why", async ({ page, browser, keyturn }) => {
  const elsewhere = await (await browser.newContext()).newPage();
  await elsewhere.goto(`${keyturn.url}/app/sessions`);
  await signIn(elsewhere);
  await page.goto(`${keyturn.url}/app/sessions`);
  await signIn(page);
  await expect(page.getByRole("main").getByRole("listitem").filter({ hasText: "This device" })).toHaveCount(1);
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await expect(page.getByText("You are signed out everywhere else.")).toBeVisible();
  await place(elsewhere, "Account").click();
  await expect(elsewhere.getByText("from another device")).toBeVisible();
  await elsewhere.context().close();
});

test("R2.6 R5.5 an administrator finds an account, suspends it with a reason, and reads what happened", async ({ page, keyturn }) => {
  await keyturn.signUp("ben@example.org");
  await keyturn.command("user", "grant", ANN, "admin");
  await page.goto(`${keyturn.url}/app/admin/users`);
  await signIn(page);
  await page.getByLabel("Name, username or email").fill("ben");
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(1);
  await page.getByRole("link", { name: "ben@example.org" }).click();
  await page.getByRole("button", { name: "Suspend" }).click();
  const dialog = page.getByRole("dialog", { name: "Suspend" });
  await dialog.getByLabel("Reason").fill("Sends advertisements");
  await dialog.getByRole("button", { name: "Suspend" }).click();
  await expect(page.getByText("The account is now Suspended.")).toBeVisible();
  await expect(page.getByRole("main")).toContainText("Sends advertisements");
  await page.getByRole("link", { name: "A session" }).first().click();
  await expect(page.getByRole("heading", { name: "Why it ended" })).toBeVisible();
});

test("R5.5 the keyboard alone is enough to sign in, to look around, and to sign out", async ({ page, keyturn }) => {
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
  await tabTo(page, "Sessions");
  await page.keyboard.press("Enter");
  await expect(page).toHaveTitle("Where you are signed in · Keyturn");
  await tabTo(page, "Sign out everywhere");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("button", { name: "Sign out everywhere", exact: true })).toBeFocused();
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
  await off.stop();
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [320, 1280]) {
    test(`R5.5 axe finds nothing in the ${colorScheme} interface, ${width} pixels wide`, async ({ browser, keyturn }) => {
      await keyturn.command("user", "grant", ANN, "admin");
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" });
      const page = await context.newPage();
      const heard = complaints(page);
      const judged = async (address: string, shows: string): Promise<void> => {
        await page.goto(`${keyturn.url}/app${address}`);
        await expect(page.getByRole("heading", { level: 1, name: shows })).toBeVisible();
        await page.waitForLoadState("networkidle");
        await expectAccessible(page);
      };
      await judged("/signin?reason=token_reuse", "Sign in");
      await signIn(page, ANN, "not the password at all");
      await expect(page.getByRole("alert")).toBeVisible();
      await expectAccessible(page);
      await judged("/signup", "Create an account");
      await judged("/forgot", "Set a new password");
      await judged("/reset?token=none", "Choose a new password");
      await page.goto(`${keyturn.url}/app/signin`);
      await signIn(page);
      await expect(page).toHaveTitle("Tasks · Keyturn");
      await expectAccessible(page);
      await page.getByLabel("What is to be done?").fill("Buy milk");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Edit “Buy milk”" }).click();
      await expectAccessible(page);
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("button", { name: "Delete “Buy milk”" }).click();
      await expect(page.getByRole("heading", { name: "Nothing to do" })).toBeVisible();
      await expectAccessible(page);
      await judged("/tasks/deleted", "Deleted tasks");
      await judged("/account", "Your account");
      await judged("/sessions", "Where you are signed in");
      await page.getByRole("button", { name: "Sign out everywhere", exact: true }).click();
      await expectAccessible(page);
      await judged("/admin/users", "Users");
      await page.getByRole("link", { name: ANN }).click();
      await expect(page.getByRole("heading", { name: "What happened" })).toBeVisible();
      await page.waitForLoadState("networkidle");
      await expectAccessible(page);
      await judged("/admin/sessions", "Sessions");
      await page.getByRole("main").getByRole("listitem").first().getByRole("link").click();
      await expect(page.getByRole("heading", { name: "Its story" })).toBeVisible();
      await expectAccessible(page);
      await judged("/admin/audit", "Audit log");
      await judged("/nothing/here", "There is nothing here");
      expect(heard).toEqual([]);
      await context.close();
    });
  }
}

function place(page: Page, name: string) {
  return page.getByRole("navigation", { name: "Places" }).getByRole("link", { name, exact: true });
}

async function signIn(page: Page, name = ANN, password = PASSWORD): Promise<void> {
  await page.getByLabel("Email or username").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Presses Tab until what has this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let pressed = 0; pressed < 20; pressed += 1) {
    const label = await page.evaluate(() => {
      const element = document.activeElement as (Element & { labels?: NodeList }) | null;
      return [element?.labels?.[0]?.textContent, element?.textContent].find(Boolean)?.trim();
    });
    if (label === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach "${name}"`);
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const told = violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join(" ")}`);
  expect(told, page.url()).toEqual([]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide, `${page.url()} scrolls sideways`).toBe(0);
}
