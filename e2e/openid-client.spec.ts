/**
 * `openid-client` in Node: reads the metadata, takes and refreshes tokens, introspects them as a service and gives them up.
 */
import { expect } from "@playwright/test";
import * as oauth from "openid-client";

import { Keyturn, PASSWORD, test as base } from "./keyturn.ts";

/** A server whose issuer is where it is found, as OAuth's metadata want it. */
const test = base.extend({
  keyturn: async ({}, use) => {
    const keyturn = await Keyturn.startAtItsIssuer();
    await keyturn.signUp("ann@example.org");
    await use(keyturn);
    await keyturn.stop();
  },
});

/** By what the metadata say. */
function discovered(keyturn: Keyturn, name: string, authentication: oauth.ClientAuth): Promise<oauth.Configuration> {
  return oauth.discovery(new URL(keyturn.url), name, undefined, authentication, {
    algorithm: "oauth2",
    execute: [oauth.allowInsecureRequests],
  });
}

test("R3.1 R3.3 openid-client finds its way by the metadata, introspects as a service, and revokes", async ({ keyturn }) => {
  const application = await discovered(keyturn, "any-name", oauth.None());
  const credentials = { username: "ann@example.org", password: PASSWORD };
  const first = await oauth.genericGrantRequest(application, "password", credentials);
  const second = await oauth.refreshTokenGrant(application, first.refresh_token ?? "");
  expect(second.refresh_token).not.toBe(first.refresh_token);

  const { secret } = JSON.parse(await keyturn.command("service", "add", "reports", "--scope", "introspect", "--json"));
  for (const authentication of [oauth.ClientSecretBasic(secret), oauth.ClientSecretPost(secret)]) {
    const service = await discovered(keyturn, "reports", authentication);
    const found = await oauth.tokenIntrospection(service, second.access_token);
    expect(found).toMatchObject({ active: true, iss: keyturn.url, sub: second["user_id"] });
  }
  // Asking about a token that was rotated has no effect on its family.
  const service = await discovered(keyturn, "reports", oauth.ClientSecretBasic(secret));
  expect(await oauth.tokenIntrospection(service, first.refresh_token ?? "")).toEqual({ active: false });
  expect(await oauth.tokenIntrospection(service, second.refresh_token ?? "")).toMatchObject({ active: true });

  await oauth.tokenRevocation(application, second.refresh_token ?? "");
  expect(await oauth.tokenIntrospection(service, second.access_token)).toEqual({ active: false });
  await expect(oauth.refreshTokenGrant(application, second.refresh_token ?? "")).rejects.toMatchObject({
    error: "invalid_grant",
  });
});

test("openid-client is told in its own words that a secret is nobody's", async ({ keyturn }) => {
  const secret = "a secret that nobody issued, and of some length";
  for (const authentication of [oauth.ClientSecretBasic(secret), oauth.ClientSecretPost(secret)]) {
    const stranger = await discovered(keyturn, "reports", authentication);
    const refused = { status: 401, cause: [{ scheme: "basic" }] };
    await expect(oauth.tokenIntrospection(stranger, "any token")).rejects.toMatchObject(refused);
  }
});
