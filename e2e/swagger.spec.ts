/**
 * The Authorize button of Swagger UI, in `/docs`: it signs in by the OAuth form, and what it then asks is served.
 */
import { expect } from "@playwright/test";

import { PASSWORD, test } from "./keyturn.ts";

test("R3.1 the Authorize button in the docs signs in, and a protected call works", async ({ page, keyturn }) => {
  const outside: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(keyturn.url) && !request.url().startsWith("data:")) outside.push(request.url());
  });
  await page.goto(`${keyturn.url}/docs/`);
  await page.locator(".auth-wrapper > .btn.authorize").click();
  const dialog = page.locator(".auth-container", { has: page.getByRole("heading", { name: /oauth2/i }) });
  await dialog.locator("#oauth_username").fill("ann@example.org");
  await dialog.locator("#oauth_password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Apply given OAuth2 credentials" }).click();
  await expect(dialog.getByRole("button", { name: "Remove authorization" })).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).click();

  const operation = page.locator("#operations-sessions-listSessions");
  await operation.locator(".opblock-summary-control").click();
  await operation.getByRole("button", { name: "Try it out" }).click();
  const asked = page.waitForRequest((request) => request.url().includes("/auth/sessions"));
  await operation.getByRole("button", { name: "Execute" }).click();
  expect((await asked).headers()["authorization"]).toMatch(/^Bearer eyJ/);
  await expect(operation.locator(".live-responses-table .response-col_status").last()).toContainText("200");
  await expect(operation.locator(".live-responses-table")).toContainText('"current": true');
  expect(outside).toEqual([]);
});
