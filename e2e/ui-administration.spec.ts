/**
 * The administration in the web interface against the real binary, on both stores: accounts from their creation to their end, sessions
 * and what happened to them.
 */
import { expect, type Page } from "@playwright/test";

import { type Keyturn, PASSWORD, STORES, test } from "./keyturn.ts";
import { ANN, BEN, complaints, heading, place, signIn } from "./ui.ts";

for (const store of STORES) {
  test.describe(`on ${store}`, () => {
    test.use({ store });

    test("R2.6 R5.5 an administrator finds an account, suspends it with a reason, and reads what happened", async ({ page, keyturn }) => {
      await keyturn.signUp(BEN);
      await asAdministrator(page, keyturn, "/app/admin/users");
      await page.getByLabel("Name, username or email").fill("ben");
      await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(1);
      await page.getByRole("link", { name: BEN }).click();
      await page.getByRole("button", { name: "Suspend" }).click();
      const dialog = page.getByRole("dialog", { name: "Suspend" });
      await expect(dialog).toContainText(`${BEN} is signed out everywhere at once`);
      await dialog.getByRole("button", { name: "Suspend" }).click();
      await expect(dialog.getByRole("alert")).toBeVisible();
      await dialog.getByLabel("Reason").fill("Sends advertisements");
      await dialog.getByRole("button", { name: "Suspend" }).click();
      await expect(page.getByText("The account is now Suspended.")).toBeVisible();
      await expect(page.getByRole("main")).toContainText("Sends advertisements");
      await page.getByRole("link", { name: "A session" }).first().click();
      await expect(page.getByRole("heading", { name: "Why it ended" })).toBeVisible();
    });

    test("R2.6 R5.5 an account is created, invited, changed, made administrator, and deleted", async ({ page, browser, keyturn }) => {
      test.slow();
      const heard = complaints(page);
      await asAdministrator(page, keyturn, "/app/admin/users");
      await create(page);
      await accept(await (await browser.newContext()).newPage(), keyturn);
      await change(page);
      await makeAdministrator(page);
      await remove(page);
      expect(heard).toEqual([]);
    });

    test("R5.1 R5.5 an administrator ends sessions, of one person and one by one, and their story tells why", async ({
      page,
      browser,
      keyturn,
    }) => {
      await keyturn.signUp(BEN);
      const other = await (await browser.newContext()).newPage();
      await other.goto(`${keyturn.url}/app/account`);
      await signIn(other, BEN);
      await expect(heading(other, "Your account")).toBeVisible();
      await asAdministrator(page, keyturn, "/app/admin/sessions");
      const row = page.getByRole("main").getByRole("listitem").filter({ hasText: BEN }).filter({ hasText: "Chrome on Linux" });
      await row.getByRole("link").click();
      await page.getByRole("button", { name: "End this session" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "End this session" }).click();
      await expect(page.getByRole("heading", { name: "Why it ended" })).toBeVisible();
      await place(other, "Sessions").click();
      await expect(other.getByText("An administrator ended your session.")).toBeVisible();
      await page.getByRole("link", { name: BEN }).click();
      await page.getByRole("button", { name: "End all sessions" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "End all sessions" }).click();
      await expect(page.getByText("1 session was ended.")).toBeVisible();
      await page.getByRole("link", { name: "All of them, those that are over too" }).click();
      await expect(page.getByRole("main").getByRole("listitem").filter({ hasText: "Ended" })).toHaveCount(2);
      await other.context().close();
    });

    test("R5.5 nobody else is shown the administration, and the last administrator stays one", async ({ page, browser, keyturn }) => {
      await keyturn.signUp(BEN);
      const other = await (await browser.newContext()).newPage();
      await other.goto(`${keyturn.url}/app/admin/users`);
      await signIn(other, BEN);
      await expect(other.getByRole("alert")).toHaveText("Your account may not do this. Ask an administrator.");
      await expect(place(other, "Users")).toHaveCount(0);
      await other.context().close();
      await asAdministrator(page, keyturn, "/app/admin/users?q=ann");
      await page.getByRole("link", { name: ANN }).click();
      await page.getByRole("button", { name: "Take “admin” away" }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog).toContainText("This is your own account");
      await dialog.getByRole("button", { name: "Take it away" }).click();
      await expect(dialog.getByRole("alert")).toContainText("Somebody must be left to administer");
    });
  });
}

async function asAdministrator(page: Page, keyturn: Keyturn, address: string): Promise<void> {
  await keyturn.command("user", "grant", ANN, "admin");
  await page.goto(keyturn.url + address);
  await signIn(page);
  await expect(page.getByRole("main").getByRole("listitem").first()).toBeVisible();
}

/** Without an email or a username it is refused, at the field; with them a link is on its way. */
async function create(page: Page): Promise<void> {
  await page.getByRole("link", { name: "New user" }).click();
  await page.getByRole("button", { name: "Create the account" }).click();
  await expect(page.getByLabel("Email", { exact: true })).toBeFocused();
  await page.getByLabel("Email", { exact: true }).fill(BEN);
  await page.getByLabel("Name (optional)", { exact: true }).fill("Ben Okafor");
  await page.getByRole("button", { name: "Create the account" }).click();
  await expect(heading(page, "Ben Okafor")).toBeVisible();
  await expect(page.getByText("Ben Okafor has an account, and a link is on its way.")).toBeVisible();
}

/** Ben chooses a password by the link, and signs in. */
async function accept(page: Page, keyturn: Keyturn): Promise<void> {
  await page.goto(await keyturn.linkTo("/reset", BEN));
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.goto(`${keyturn.url}/app/`);
  await signIn(page, BEN);
  await expect(heading(page, "Tasks")).toBeVisible();
  await page.context().close();
}

async function change(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("dialog").getByLabel("Username (optional)").fill("ben");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The account is saved.")).toBeVisible();
  const metadata = page.getByRole("region", { name: "Metadata" });
  await metadata.getByLabel("A JSON object").fill('{ "plan": "gold" }');
  await metadata.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The metadata is saved.")).toBeVisible();
  await page.getByRole("button", { name: "Set a password" }).click();
  const dialog = page.getByRole("dialog", { name: "Set a password" });
  await dialog.getByLabel("New password").fill("password");
  await dialog.getByRole("button", { name: "Set the password" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await dialog.getByLabel("New password").fill("nine grey herons in the rain");
  await dialog.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByText("Ben Okafor has a new password, and is signed out everywhere.")).toBeVisible();
}

async function makeAdministrator(page: Page): Promise<void> {
  const card = page.getByRole("region", { name: "Permissions" });
  await card.getByLabel("Permission").fill("two words");
  await card.getByRole("button", { name: "Give" }).click();
  await expect(card).toContainText("A permission is 1 to 64 of the characters");
  await card.getByLabel("Permission").fill("admin");
  await card.getByRole("button", { name: "Give" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make administrator" }).click();
  await expect(page.getByText("Ben Okafor has the permission “admin” now.")).toBeVisible();
  await expect(card.getByRole("listitem")).toHaveText(/admin/);
}

async function remove(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Delete this account" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete the account of Ben Okafor?" });
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByText("The account of Ben Okafor is deleted.")).toBeVisible();
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(1);
}
