/**
 * `@keyturn/client` in a real browser: one renewal for many failed requests and many tabs, in both deliveries, on Keyturn's origin and
 * on another, on both stores.
 */
import { expect, type Page } from "@playwright/test";

import { counting, expectState, generation, onKeyturnsOrigin, signIn, TEN_TIMES_200, tenRequests, test } from "./client.ts";
import { type Keyturn, STORES } from "./keyturn.ts";

/** Three tabs of one browser, the first of which has signed in. */
async function threeTabs(page: Page, address: string): Promise<Page[]> {
  await signIn(page, address);
  const tabs = [page, await page.context().newPage(), await page.context().newPage()];
  for (const tab of tabs.slice(1)) {
    await tab.goto(address);
    await expectState(tab, "authenticated, ann@example.org");
  }
  return tabs;
}

async function expectOneRotation(tabs: Page[], keyturn: Keyturn): Promise<void> {
  const [first] = tabs as [Page];
  const before = await generation(first);
  await keyturn.advance("30m");
  const answers = await Promise.all(tabs.map(tenRequests));
  expect(answers).toEqual(tabs.map(() => TEN_TIMES_200));
  expect(await generation(first)).toBe(before + 1);
}

for (const store of STORES) {
  test.describe(`on ${store}`, () => {
    test.use({ store });

    test("R3.5 three tabs, ten requests each, an expired access token: one rotation", async ({ page, keyturn }) => {
      const tabs = await threeTabs(page, await onKeyturnsOrigin(page.context(), keyturn));
      const refreshes = tabs.map((tab) => counting(tab, "/auth/refresh"));
      await expectOneRotation(tabs, keyturn);
      // Whoever had to ask asked once; the others found the jar renewed.
      for (const { count } of refreshes) expect(count).toBeLessThanOrEqual(1);
    });

    for (const delivery of ["cookie", "hybrid"]) {
      test(`R3.5 R3.7 the same from another origin, by ${delivery}`, async ({ page, keyturn, application }) => {
        const address = `${application.url}/?delivery=${delivery}&api=${encodeURIComponent(keyturn.url)}`;
        await expectOneRotation(await threeTabs(page, address), keyturn);
      });
    }
  });
}
