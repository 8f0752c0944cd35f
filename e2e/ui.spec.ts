/**
 * The web interface against the real binary, on both stores: what a person does from the first day to the last, how sessions end and
 * where that leads, and that no token is ever within a script's reach.
 */
import { type Browser, expect, type Page } from "@playwright/test";

import { Keyturn, PASSWORD, STORES, test } from "./keyturn.ts";
import { ANN, BEN, complaints, expectNoToken, heading, place, signIn } from "./ui.ts";

const MOVED = "ben@example.net";
const NEW_PASSWORD = "seven quiet herons in fog";

for (const store of STORES) {
  test.describe(`on ${store}`, () => {
    test.use({ store });

    test("R2.1 R2.6 R5.5 a person signs up, changes everything, forgets, takes the data along, and deletes the account", async ({
      page,
      browser,
      keyturn,
    }) => {
      test.slow();
      const heard = complaints(page);
      await signUp(page, keyturn);
      await changeNames(page);
      await changePassword(page);
      await changeEmail(page, browser, keyturn);
      await forget(page, keyturn);
      await takeDataAlong(page);
      await leave(page);
      expect(heard).toEqual([]);
    });

    test("R2.6 R5.5 an account is activated by its link, switched off, and back", async ({ page }) => {
      const keyturn = await Keyturn.start(["signup.activation=email"], 0, store);
      await page.goto(`${keyturn.url}/app/signup`);
      await fillSignUp(page);
      await expect(page.getByText("We have sent a link to this address.")).toBeVisible();
      const { search } = new URL(await keyturn.linkTo("/activate", BEN));
      await page.goto(`${keyturn.url}/app/activate${search}`);
      await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
      await page.getByRole("button", { name: "Activate" }).click();
      await expect(page.getByText("Your account is active. Sign in.")).toBeVisible();
      await signIn(page, BEN);
      await place(page, "Account").click();
      await goAway(page, "Switch your account off", "Switch off", "Your account is switched off.");
      await signIn(page, BEN);
      await expect(page.getByRole("alert")).toContainText("this account is switched off");
      await keyturn.command("user", "set-state", BEN, "active");
      await signIn(page, BEN);
      await expect(heading(page, "Tasks")).toBeVisible();
      await keyturn.stop();
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
      await expect(page.getByText("“Call the landlord” is back.")).toBeVisible();
      await expect(page.getByText("About the boiler")).toBeVisible();
      await page.getByRole("button", { name: "Delete “Call the landlord”" }).click();
      await place(page, "Deleted").click();
      await expect(page.getByRole("main").getByRole("listitem")).toContainText("Gone for good");
      await page.getByRole("button", { name: "Restore “Call the landlord”" }).click();
      await expect(page.getByRole("heading", { name: "Nothing is deleted" })).toBeVisible();
      await place(page, "Tasks").click();
      await expect(page.getByText("About the boiler")).toBeVisible();
    });

    test("R3.6 no token is within a script's reach, at any moment, on any page", async ({ page, keyturn }) => {
      await keyturn.command("user", "grant", ANN, "admin");
      await page.goto(`${keyturn.url}/app/signin`);
      await expectNoToken(page);
      await signIn(page);
      await expect(heading(page, "Tasks")).toBeVisible();
      await expectNoToken(page);
      await keyturn.advance("31m");
      for (const name of ["Deleted", "Sessions", "Account", "Users", "All sessions", "Audit log"]) {
        await place(page, name).click();
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await page.waitForLoadState("networkidle");
        await expectNoToken(page);
      }
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await expect(heading(page, "Sign in")).toBeVisible();
      await expectNoToken(page);
    });

    test("R1.6 R3.5 an idle session says so where the person is, and leads back there", async ({ page, keyturn }) => {
      await page.goto(`${keyturn.url}/app/account`);
      await signIn(page);
      await expect(heading(page, "Your account")).toBeVisible();
      await page.waitForLoadState("networkidle");
      await keyturn.advance("61m");
      // By key: a pointer that moves is input, so that the page could say it before the click.
      await place(page, "Sessions").press("Enter");
      await expect(page.getByText("Your session ended because there was no activity for a while.")).toBeVisible();
      await page.getByRole("link", { name: "Sign in again" }).click();
      await signIn(page);
      await expect(page).toHaveURL(`${keyturn.url}/app/sessions`);
      await expect(page.getByText("This device")).toBeVisible();
    });

    test("R1.6 R5.5 before an idle end the interface asks, and whoever stays is signed in still", async ({ page, keyturn }) => {
      await page.clock.install();
      await page.goto(`${keyturn.url}/app/account`);
      await signIn(page);
      await expect(heading(page, "Your account")).toBeVisible();
      for (const minutes of ["40", "19"]) {
        await keyturn.advance(`${minutes}m`);
        await page.clock.fastForward(`${minutes}:00`);
      }
      const dialog = page.getByRole("dialog", { name: "Are you still there?" });
      await expect(dialog).toContainText("unless you go on");
      await dialog.getByRole("button", { name: "Stay signed in" }).click();
      await expect(dialog).toBeHidden();
      await keyturn.advance("30m");
      await page.clock.fastForward("30:00");
      await place(page, "Sessions").click();
      await expect(page.getByText("This device")).toBeVisible();
    });

    test("R5.1 a person ends sessions elsewhere, one and then the others, and each is told why", async ({ page, browser, keyturn }) => {
      const others = await Promise.all([1, 2, 3].map(() => elsewhere(browser, keyturn, "/app/sessions")));
      await page.goto(`${keyturn.url}/app/sessions`);
      await signIn(page);
      const live = page.getByRole("region", { name: "Signed in now" });
      await expect(live.getByRole("listitem").filter({ hasText: "This device" })).toHaveCount(1);
      // The sign-up's own session is one of them.
      await expect(live).toContainText("4 other devices are signed in.");
      await live.getByRole("button", { name: "Sign out Chrome on Linux" }).first().click();
      await expect(page.getByText("Chrome on Linux is signed out.")).toBeVisible();
      await expect(live).toContainText("3 other devices are signed in.");
      await page.getByRole("button", { name: "Sign out everywhere else" }).click();
      await expect(page.getByText("3 other devices are signed out.")).toBeVisible();
      await expect(live).toContainText("You are signed in nowhere else.");
      for (const other of others) {
        await place(other, "Account").click();
        await expect(other.getByText("from another device")).toBeVisible();
        await other.context().close();
      }
    });

    test("R2.7 R3.3 R3.5 another tab signs out, and this one shows it without being asked", async ({ page, context, keyturn }) => {
      await page.goto(`${keyturn.url}/app/account`);
      await signIn(page);
      await expect(heading(page, "Your account")).toBeVisible();
      const tab = await context.newPage();
      await tab.goto(`${keyturn.url}/app/sessions`);
      await expect(tab.getByText("This device")).toBeVisible();
      await tab.getByRole("button", { name: "Sign out", exact: true }).click();
      await expect(heading(tab, "Sign in")).toBeVisible();
      await expect(page.getByLabel("Email or username")).toBeVisible();
      await expect(page).toHaveURL(`${keyturn.url}/app/signin?return_to=%2Fapp%2Faccount`);
    });

    test("R3.5 R5.5 a server that restarts costs nobody their session", async ({ page, keyturn }) => {
      await page.goto(`${keyturn.url}/app/`);
      await signIn(page);
      await page.getByLabel("What is to be done?").fill("Buy milk");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("checkbox", { name: "Mark “Buy milk” as done" })).toBeVisible();
      await keyturn.restart();
      await place(page, "Sessions").click();
      await expect(page.getByText("This device")).toBeVisible();
      await page.reload();
      await place(page, "Tasks").click();
      await expect(page.getByText("Buy milk")).toBeVisible();
    });
  });
}

async function fillSignUp(page: Page): Promise<void> {
  await page.getByLabel("Email", { exact: true }).fill(BEN);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
}

async function signUp(page: Page, keyturn: Keyturn): Promise<void> {
  await page.goto(`${keyturn.url}/`);
  await expect(page).toHaveURL(`${keyturn.url}/app/signin?return_to=%2Fapp%2F`);
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.getByLabel("Email", { exact: true }).fill(BEN);
  await page.getByLabel("Password", { exact: true }).fill("keyturn1");
  await expect(page.getByText("Very easy to guess.")).toBeVisible();
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await expect(page.getByText("Hard to guess.")).toBeVisible();
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(heading(page, "Tasks")).toBeVisible();
}

async function changeNames(page: Page): Promise<void> {
  await place(page, "Account").click();
  const card = page.getByRole("region", { name: "Name and username" });
  await card.getByLabel("Name (optional)", { exact: true }).fill("Ben Okafor");
  await card.getByLabel("Username (optional)", { exact: true }).fill("ben");
  await card.getByLabel("Current password").fill(PASSWORD);
  await card.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Your details are saved.")).toBeVisible();
}

async function changePassword(page: Page): Promise<void> {
  const card = page.getByRole("region", { name: "Change password" });
  await card.getByLabel("Current password").fill("not the password at all");
  await card.getByLabel("New password").fill(NEW_PASSWORD);
  await card.getByRole("button", { name: "Change password" }).click();
  await expect(card.getByRole("alert")).toHaveText("The current password is wrong.");
  await card.getByLabel("Current password").fill(PASSWORD);
  await card.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password is changed.")).toBeVisible();
}

/** The letter leads to the page without script, from which the brand leads to the interface. */
async function changeEmail(page: Page, browser: Browser, keyturn: Keyturn): Promise<void> {
  const card = page.getByRole("region", { name: "Email" });
  await card.getByLabel("New email").fill(MOVED);
  await card.getByLabel("Current password").fill(NEW_PASSWORD);
  await card.getByRole("button", { name: "Change email" }).click();
  await expect(page.getByText("Look into the mail of the new address")).toBeVisible();
  const other = await (await browser.newContext()).newPage();
  await other.goto(await keyturn.linkTo("/account/email", MOVED));
  await other.getByRole("button", { name: "Confirm" }).click();
  await expect(other.getByText("Your email is changed.")).toBeVisible();
  await other.getByRole("link", { name: "Keyturn" }).click();
  await expect(heading(other, "Sign in")).toBeVisible();
  await other.context().close();
  await page.reload();
  await expect(card).toContainText(`Your email is ${MOVED}.`);
}

/** The link that was mailed works in the interface, too. */
async function forget(page: Page, keyturn: Keyturn): Promise<void> {
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("Email", { exact: true }).fill(MOVED);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByRole("heading", { name: "Look into your mail" })).toBeVisible();
  const { search } = new URL(await keyturn.linkTo("/reset", MOVED));
  await page.goto(`${keyturn.url}/app/reset${search}`);
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByText("Your new password is set.")).toBeVisible();
  await signIn(page, "ben", PASSWORD);
  await expect(heading(page, "Tasks")).toBeVisible();
  await page.goto(`${keyturn.url}/app/reset${search}`);
  await page.getByLabel("New password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByRole("alert")).toContainText("This link does not work any more");
  await expect(page.getByRole("link", { name: "Have another link sent" })).toBeVisible();
  await page.goto(`${keyturn.url}/app/account`);
}

async function takeDataAlong(page: Page): Promise<void> {
  await expect(page.getByLabel("Name (optional)", { exact: true })).toHaveValue("Ben Okafor");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toBe("account.json");
}

async function leave(page: Page): Promise<void> {
  await goAway(page, "Delete your account", "Delete for good", "Your account was deleted.");
  await signIn(page, MOVED);
  await expect(page.getByRole("alert")).toHaveText("The sign-in name or the password is wrong.");
}

/** Opens the dialog of this name, confirms it with the password, is told what became of the account, and goes on to the sign-in. */
async function goAway(page: Page, opens: string, confirms: string, told: string): Promise<void> {
  await page.getByRole("button", { name: opens }).click();
  const dialog = page.getByRole("dialog", { name: opens });
  await dialog.getByLabel("Current password").fill(PASSWORD);
  await dialog.getByRole("button", { name: confirms }).click();
  await expect(page.getByText(told)).toBeVisible();
  await page.getByRole("link", { name: "Sign in" }).click();
}

/** A page of another device, where Ann is signed in. */
async function elsewhere(browser: Browser, keyturn: Keyturn, address: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(keyturn.url + address);
  await signIn(page);
  await expect(place(page, "Account")).toBeVisible();
  return page;
}
