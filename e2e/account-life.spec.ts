/**
 * R2.6: the whole life of an account by page, in a browser whose JavaScript is off, on both stores: from the link that activates it to
 * its deletion, with everything that is done by mail in between.
 */
import { type Browser, type Page, expect } from "@playwright/test";

import { type Keyturn, PASSWORD, STORES, test } from "./keyturn.ts";

const BEN = "ben@example.org";
const MOVED = "ben@example.net";
const FORGOTTEN = "seven quiet herons in fog";
const CHANGED = "nine grey herons in the rain";

for (const store of STORES) {
  test.describe(`on ${store}`, () => {
    test.use({ javaScriptEnabled: false, store, settings: ["signup.activation=email"], ann: false });

    test("R2.6 an account is activated, changed, moved, forgotten, switched off and on, and deleted", async ({
      page,
      browser,
      keyturn,
    }) => {
      test.slow();
      await signUp(page, keyturn);
      await activate(page, keyturn);
      await signIn(page, keyturn, BEN, PASSWORD);
      await changeNames(page);
      await changeEmail(page, browser, keyturn);
      await forget(page, keyturn);
      await endTheOtherSession(page, browser, keyturn);
      await changePassword(page);
      await takeDataAlong(page);
      await switchOffAndOn(page, keyturn);
      await leave(page, keyturn);
    });
  });
}

async function signUp(page: Page, keyturn: Keyturn): Promise<void> {
  await page.goto(`${keyturn.url}/signup`);
  await page.getByLabel("Email", { exact: true }).fill(BEN);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveTitle(/^Almost there/);
  await expect(page.getByRole("main")).toContainText("We have sent a link");
  await submitSignIn(page, keyturn, BEN, PASSWORD);
  await expect(page.getByRole("alert")).toContainText("The sign-in name or the password is wrong.");
}

/** The first link is sent again, and so dead; the second one takes the password of the sign-up and no other. */
async function activate(page: Page, keyturn: Keyturn): Promise<void> {
  const first = await keyturn.linkTo("/activate", BEN);
  await page.goto(`${keyturn.url}/activate/resend`);
  await page.getByLabel("Email", { exact: true }).fill(BEN);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page).toHaveTitle(/^Look into your mail/);
  await expect.poll(() => keyturn.linkTo("/activate", BEN)).not.toBe(first);
  const second = await keyturn.linkTo("/activate", BEN);
  await page.goto(first);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Activate" }).click();
  await expect(page.getByRole("alert")).toContainText("This link does not work any more");
  await page.goto(second);
  await page.getByLabel("Password", { exact: true }).fill(FORGOTTEN);
  await page.getByRole("button", { name: "Activate" }).click();
  await expect(page.getByRole("alert")).toBeFocused();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Activate" }).click();
  await expect(page).toHaveTitle(/^Sign in/);
  await expect(page.getByRole("status")).toHaveText("Your account is active. Sign in.");
}

async function changeNames(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Change name or username" }).click();
  await page.getByLabel("Name (optional)", { exact: true }).fill("Ben Example");
  await page.getByLabel("Username (optional)", { exact: true }).fill("ben");
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status")).toHaveText("Your details are saved.");
  await expect(page.getByRole("main")).toContainText("Ben Example");
}

/** The link is opened on another device, where nobody is signed in. */
async function changeEmail(page: Page, browser: Browser, keyturn: Keyturn): Promise<void> {
  await page.getByRole("link", { name: "Change email" }).click();
  await page.getByLabel("New email").fill(MOVED);
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByRole("status")).toContainText("Look into the mail of the new address");
  const elsewhere = await another(browser);
  await elsewhere.goto(await keyturn.linkTo("/account/email", MOVED));
  await page.reload();
  await expect(page.getByRole("main")).toContainText(BEN);
  await elsewhere.getByRole("button", { name: "Confirm" }).click();
  await expect(elsewhere.getByRole("main")).toContainText("Your email is changed.");
  await elsewhere.context().close();
  await page.reload();
  await expect(page.getByRole("main")).toContainText(MOVED);
  const told = async () => (await keyturn.letters()).filter((letter) => letter.includes("was changed"));
  await expect.poll(async () => (await told()).some((letter) => letter.includes(`\nTo: ${BEN}\r\n`))).toBe(true);
}

/** A forgotten password is set by a link; every device is signed out by it. */
async function forget(page: Page, keyturn: Keyturn): Promise<void> {
  await page.context().clearCookies();
  await page.goto(`${keyturn.url}/signin`);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("Email", { exact: true }).fill(MOVED);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page).toHaveTitle(/^Look into your mail/);
  const link = await keyturn.linkTo("/reset", MOVED);
  await page.goto(link);
  await page.getByLabel("New password").fill("password");
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByRole("alert")).toBeFocused();
  await page.getByLabel("New password").fill(FORGOTTEN);
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByRole("status")).toHaveText("Your new password is set. Sign in with it.");
  await page.goto(link);
  await page.getByLabel("New password").fill(CHANGED);
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByRole("alert")).toContainText("This link does not work any more");
  await submitSignIn(page, keyturn, MOVED, PASSWORD);
  await expect(page.getByRole("alert")).toContainText("The sign-in name or the password is wrong.");
  await signIn(page, keyturn, "ben", FORGOTTEN);
  await expect(page.getByRole("main")).toContainText("Your password was changed.");
}

async function endTheOtherSession(page: Page, browser: Browser, keyturn: Keyturn): Promise<void> {
  const elsewhere = await another(browser);
  await signIn(elsewhere, keyturn, MOVED, FORGOTTEN);
  await page.reload();
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await expect(page.getByRole("status")).toHaveText("You are signed out everywhere else.");
  await elsewhere.reload();
  await expect(elsewhere.getByRole("status")).toContainText("from another device");
  await elsewhere.context().close();
}

async function changePassword(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Change password" }).click();
  await page.getByLabel("Current password").fill(FORGOTTEN);
  await page.getByLabel("New password").fill(CHANGED);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("status")).toContainText("Your password is changed.");
}

async function takeDataAlong(page: Page): Promise<void> {
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toBe("account.json");
}

async function switchOffAndOn(page: Page, keyturn: Keyturn): Promise<void> {
  await page.getByRole("link", { name: "Switch your account off" }).click();
  await page.getByLabel("Current password").fill(CHANGED);
  await page.getByRole("button", { name: "Switch off" }).click();
  await submitSignIn(page, keyturn, MOVED, CHANGED);
  await expect(page.getByRole("alert")).toContainText("this account is switched off");
  await keyturn.command("user", "set-state", MOVED, "active");
  await signIn(page, keyturn, MOVED, CHANGED);
}

async function leave(page: Page, keyturn: Keyturn): Promise<void> {
  await page.getByRole("link", { name: "Delete your account" }).click();
  await page.getByLabel("Current password").fill(CHANGED);
  await page.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByRole("status")).toHaveText("Your account was deleted.");
  await submitSignIn(page, keyturn, MOVED, CHANGED);
  await expect(page.getByRole("alert")).toContainText("The sign-in name or the password is wrong.");
  const listed = JSON.parse(await keyturn.command("user", "list", "--json")) as unknown[];
  expect(listed).toEqual([]);
}

async function submitSignIn(page: Page, keyturn: Keyturn, identifier: string, password: string): Promise<void> {
  await page.goto(`${keyturn.url}/signin`);
  await page.getByLabel("Email or username").fill(identifier);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function signIn(page: Page, keyturn: Keyturn, identifier: string, password: string): Promise<void> {
  await submitSignIn(page, keyturn, identifier, password);
  await expect(page).toHaveTitle(/^Your account/);
}

/** A page of another device, without script too. */
async function another(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  return context.newPage();
}
