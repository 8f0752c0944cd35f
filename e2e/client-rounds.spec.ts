/**
 * Round after round, three tabs find their access token expired at the same moment, while requests and replies are late or lost: nobody is
 * signed out, on either store. A thousand rounds with KEYTURN_SOAK=1, a few otherwise; KEYTURN_ROUNDS says another number.
 *
 * The rule: what happens to a message is drawn from a seed, which a failure names; KEYTURN_SEED repeats it. No message outlives its round: the
 * server's promise is for messages that are late by less than half a `concurrent_window`, and between two rounds half an hour passes.
 */
import { type BrowserContext, expect, type Page, type Route } from "@playwright/test";

import { expectState, onKeyturnsOrigin, signIn, test } from "./client.ts";
import { STORES } from "./keyturn.ts";

const ROUNDS = Number(process.env["KEYTURN_ROUNDS"] ?? (process.env["KEYTURN_SOAK"] ? 1000 : 5));
const SEED = Number(process.env["KEYTURN_SEED"] ?? 20260101);
/** Milliseconds that a message may be late; far below half a `concurrent_window`. */
const LATEST = 250;
/** Of a draw from [0, 1): below this a request gets lost; from there up to the next its answer. */
const REQUEST_LOST = 0.15;
const ANSWER_LOST = 0.3;

/** Numbers in [0, 1), the same for the same seed (a linear congruential generator, good enough to shuffle fates). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What becomes of the renewals of a browser. */
interface Trouble {
  renewals: number;
  lost: number;
  /** Those that are neither answered nor lost, whether or not the page still waits. */
  readonly underWay: Set<Promise<void>>;
}

/** From now on renewals of this browser are late, and some get lost on either way; the answer says how many. */
async function troubled(context: BrowserContext, random: () => number): Promise<Trouble> {
  const seen: Trouble = { renewals: 0, lost: 0, underWay: new Set() };
  await context.route("**/auth/refresh", (route) => {
    const delivery = deliver(route);
    seen.underWay.add(delivery);
    return delivery.finally(() => seen.underWay.delete(delivery));
  });
  return seen;

  async function deliver(route: Route): Promise<void> {
    seen.renewals += 1;
    const [chance, there, back] = [random(), random() * LATEST, random() * LATEST];
    // The answer of the first is lost in any case: a run of few rounds must not be one without trouble.
    const kind = seen.renewals === 1 ? ANSWER_LOST : chance;
    await new Promise((resolve) => setTimeout(resolve, there));
    if (kind < REQUEST_LOST) {
      seen.lost += 1;
      return lose(route);
    }
    // A connection that the server closes as it is used again is a message lost, too.
    const answer = await route.fetch().catch(() => undefined);
    if (!answer || kind <= ANSWER_LOST) {
      seen.lost += 1;
      return lose(route);
    }
    await new Promise((resolve) => setTimeout(resolve, back));
    // The page may have given it up, or be gone.
    await route.fulfill({ response: answer }).catch(() => undefined);
  }
}

/** As a broken connection; the page may be gone. */
async function lose(route: Route): Promise<void> {
  await route.abort("connectionreset").catch(() => undefined);
}

/** Five requests at once: statuses, and the codes of those that got no answer. */
function fiveRequests(page: Page): Promise<(number | string)[]> {
  return page.evaluate(() => {
    const ask = () =>
      window.keyturn.fetch("/auth/account").then(
        (answer) => answer.status,
        (error: { code: string }) => error.code,
      );
    return Promise.all([ask(), ask(), ask(), ask(), ask()]);
  });
}

test.describe.configure({ mode: "parallel" });

for (const store of STORES) {
  test.describe(`on ${store}`, () => {
    test.use({ store, settings: ["session.absolute_timeout=400d"] });

    test(`R3.5 ${ROUNDS} rounds of three tabs with late and lost messages sign nobody out, on ${store}`, async ({
      page,
      context,
      keyturn,
    }) => {
      test.setTimeout(60_000 + ROUNDS * 20_000);
      const address = await onKeyturnsOrigin(context, keyturn);
      await signIn(page, address);
      const tabs = [page, await context.newPage(), await context.newPage()];
      for (const tab of tabs.slice(1)) await tab.goto(address);
      for (const tab of tabs) await expectState(tab, "authenticated, ann@example.org");
      const began = performance.now();
      const random = randomFrom(SEED);
      const seen = await troubled(context, random);
      for (let round = 1; round <= ROUNDS; round += 1) {
        await page.getByLabel("Notes").press("a");
        await keyturn.advance("30m");
        if (random() < 0.2) await tabs[2]?.reload({ waitUntil: "domcontentloaded" });
        const answers = (await Promise.all(tabs.map(fiveRequests))).flat();
        const bad = answers.filter((answer) => answer !== 200 && answer !== "no-answer");
        if (bad.length > 0) console.log(await keyturn.command("session", "list", "--all", "--json"));
        expect(bad, `round ${round} of seed ${SEED}`).toEqual([]);
        await Promise.all(seen.underWay);
        if (round % 100 === 0) console.log(`${store}: ${round} rounds`);
      }
      await context.unroute("**/auth/refresh");
      for (const tab of tabs) {
        expect(await fiveRequests(tab)).toEqual([200, 200, 200, 200, 200]);
        await expectState(tab, "authenticated, ann@example.org");
      }
      expect(seen.lost, "messages were lost").toBeGreaterThan(0);
      const seconds = Math.round((performance.now() - began) / 1000);
      console.log(
        `${store}, seed ${SEED}: ${ROUNDS} rounds in ${seconds} s, ${seen.renewals} renewals asked for, ${seen.lost} messages lost`,
      );
    });
  });
}
