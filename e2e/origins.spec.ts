/**
 * A single-page application on an origin of its own, with `http.public_url` set, that is listed: it works with cookies. What one that isn't
 * is told, `attacks.spec.ts` shows.
 */
import { expect } from "@playwright/test";

import { expectState, signIn, TEN_TIMES_200, tenRequests, test } from "./client.ts";
import { Keyturn, STORES } from "./keyturn.ts";

for (const store of STORES) {
  for (const delivery of ["cookie", "hybrid"]) {
    test(`R3.7 a listed origin signs in, renews and signs out by ${delivery}, on ${store}`, async ({ page, application }) => {
      const keyturn = await Keyturn.startAtItsIssuer([`http.allowed_origins=${application.url}`], store);
      await keyturn.signUp("ann@example.org");
      await signIn(page, `${application.url}/?delivery=${delivery}&api=${encodeURIComponent(keyturn.url)}`);
      await keyturn.advance("30m");
      expect(await tenRequests(page)).toEqual(TEN_TIMES_200);
      await page.reload();
      await expectState(page, "authenticated, ann@example.org");
      expect(await page.evaluate(() => window.keyturn.signOut())).toEqual({ isConfirmed: true });
      await keyturn.stop();
    });
  }
}
