/**
 * The page of `serve --demo` in a real browser: each button shows what it promises, as often as one likes, and counts real requests; what it
 * gives for the terminal does run; plain `serve` has none of it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";

import { expect, type Locator, type Page, type Request } from "@playwright/test";

import { type Demo, test } from "./demo.ts";
import { Keyturn } from "./keyturn.ts";
import { complaints, expectAccessible } from "./ui.ts";

const REUSE = "used twice; somebody may have copied it";
const IDLE = "no activity for a while";

/** One act's part of the page. */
class Act {
  readonly card: Locator;

  constructor(
    readonly page: Page,
    private readonly title: string,
  ) {
    this.card = page.getByRole("listitem").filter({ has: page.getByRole("button", { name: title, exact: true }) });
  }

  /** Plays it; answers the verdict. */
  async play(): Promise<string> {
    const before = await this.card.getAttribute("data-played");
    await this.card.getByRole("button", { name: this.title, exact: true }).click();
    await expect(this.card, `${this.title} was played`).not.toHaveAttribute("data-played", before ?? "");
    return (await this.card.getByRole("status").textContent()) ?? "";
  }

  lines(): Locator {
    return this.card.getByRole("list").getByRole("listitem");
  }
}

async function opened(page: Page, demo: Demo): Promise<void> {
  await page.goto(demo.page);
  await expect(signedIn(page)).toBeVisible();
  await expect(application(page).getByRole("heading", { name: "Tasks" })).toBeVisible();
}

function signedIn(page: Page): Locator {
  return standing(page).getByText("Signed in", { exact: true });
}

function standing(page: Page): Locator {
  return page.getByRole("region", { name: "How the session stands" });
}

function application(page: Page) {
  return page.frameLocator("iframe");
}

function story(page: Page): Locator {
  return page.getByRole("log").getByRole("listitem");
}

async function signInAgain(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign Ann in again" }).click();
  await expect(signedIn(page)).toBeVisible();
  await expect(application(page).getByRole("heading", { name: "Tasks" })).toBeVisible();
}

/** Requests to this path from now on, of the page and of the frame. */
function requestsTo(page: Page, path: string): Request[] {
  const seen: Request[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === path) seen.push(request);
  });
  return seen;
}

test("R3.5 ten requests on an expired token take one refresh and are all answered, again and again", async ({ page, demo }) => {
  await opened(page, demo);
  const act = new Act(page, "Expire my token, send ten requests");
  for (const round of [1, 2]) {
    const refreshes = requestsTo(page, "/auth/refresh");
    const requests = requestsTo(page, "/auth/account");
    expect(await act.play()).toContain("10 answers, one refresh");
    expect(refreshes, `refreshes of round ${round}`).toHaveLength(1);
    const statuses = await Promise.all(requests.map(async (request) => (await request.response())?.status()));
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses).toContain(401);
    await expect(act.lines().filter({ hasText: "POST /auth/refresh" })).toContainText(`200 generation ${round}`);
    await expect(story(page).filter({ hasText: `generation ${round}` })).toBeVisible();
    page.removeAllListeners("request");
  }
  await expect(signedIn(page)).toBeVisible();
});

test("R1.5 a lost reply costs nobody a session: the same successor comes again", async ({ page, demo }) => {
  await opened(page, demo);
  const act = new Act(page, "Lose the next reply");
  for (const generation of [1, 2]) {
    expect(await act.play()).toContain("moved on once. The same successor came again");
    await expect(act.lines().first()).toContainText("no reply");
    await expect(act.lines().last()).toContainText(`200 generation ${generation}`);
    await expect(story(page).filter({ hasText: `Generation ${generation} handed out again` })).toBeVisible();
  }
  await expect(signedIn(page)).toBeVisible();
});

test("R3.5 two tabs that refresh at once get the same successor", async ({ page, demo }) => {
  await opened(page, demo);
  const act = new Act(page, "Race a second tab");
  for (const generation of [1, 2]) {
    const refreshes = requestsTo(page, "/auth/refresh");
    expect(await act.play()).toContain(`both tabs hold generation ${generation}`);
    expect(refreshes).toHaveLength(2);
    page.removeAllListeners("request");
  }
  await expect(signedIn(page)).toBeVisible();
});

test("R3.4 the thief ends the session, and both sides are told why, as often as Ann signs in", async ({ page, demo }) => {
  await opened(page, demo);
  const act = new Act(page, "Be the thief");
  for (const _round of [1, 2]) {
    expect(await act.play()).toContain("The thief and Ann are both told: token_reuse");
    await expect(act.lines().first()).toContainText("401 session-ended token_reuse");
    await expect(act.lines().last()).toContainText("401 session-ended token_reuse");
    await expect(standing(page).getByText("token_reuse", { exact: true })).toBeVisible();
    await expect(standing(page)).toContainText(REUSE);
    await expect(story(page).first()).toContainText("token reuse");
    await expect(application(page).getByText(REUSE)).toBeVisible();
    await signInAgain(page);
  }
});

test("R2.7 R1.6 who comes back from lunch is signed out as idle, with the way to sign in", async ({ page, demo }) => {
  await opened(page, demo);
  const act = new Act(page, "Go to lunch");
  for (const _round of [1, 2]) {
    expect(await act.play()).toContain("After 60 minutes without activity: idle");
    await expect(standing(page).getByText("idle", { exact: true })).toBeVisible();
    await expect(application(page).getByText(IDLE)).toBeVisible();
    await expect(application(page).getByRole("link", { name: "Sign in again" })).toBeVisible();
    await expect(story(page).filter({ hasText: "The clock moves on by 60 min" })).toBeVisible();
    await signInAgain(page);
  }
  await expect(page.getByText("2 h ahead")).toBeVisible();
});

test("R5.1 the phone is signed out from here, and its next call is refused", async ({ page, demo }) => {
  await opened(page, demo);
  const act = new Act(page, "Sign out the phone");
  for (const _round of [1, 2]) {
    expect(await act.play()).toMatch(/Refused \d+ ms after the sign-out: signed_out_elsewhere/);
    await expect(act.lines().last()).toContainText("401 session-ended signed_out_elsewhere");
    await expect(signedIn(page)).toBeVisible();
  }
});

test("an act on a session that is over says so, and everything can be played in any order", async ({ page, demo }) => {
  await opened(page, demo);
  await new Act(page, "Be the thief").play();
  for (const title of ["Lose the next reply", "Race a second tab", "Be the thief", "Go to lunch", "Sign out the phone"]) {
    expect(await new Act(page, title).play()).toContain("This session is over");
  }
  await signInAgain(page);
  const order = ["Go to lunch", "Expire my token, send ten requests", "Sign out the phone", "Lose the next reply", "Be the thief"];
  for (const title of order) {
    if (!(await signedIn(page).isVisible())) await signInAgain(page);
    expect(await new Act(page, title).play()).not.toContain("This session is over");
  }
});

test("what is signed out in the application is told on the page, and a reload begins again", async ({ page, demo }) => {
  await opened(page, demo);
  await application(page).getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(standing(page).getByText("signed_out", { exact: true })).toBeVisible();
  await page.reload();
  await expect(signedIn(page)).toBeVisible();
});

test("what the page gives for the terminal runs there, and explains itself", async ({ page, demo }) => {
  await opened(page, demo);
  const proofs: Readonly<Record<string, RegExp>> = {
    "Expire my token, send ten requests": /(401 ){10}\s+(200 ){10}/,
    "Lose the next reply": /"generation":1/,
    "Race a second tab": /^1$/m,
    "Sign out the phone": /signed_out_elsewhere/,
    "Go to lunch": /"reason":"idle"/,
    "Be the thief": /"reason":"token_reuse".*\n.*"reason":"token_reuse"/s,
  };
  for (const [title, proof] of Object.entries(proofs)) {
    const { card } = new Act(page, title);
    await card.getByText("curl", { exact: true }).click();
    const script = (await card.locator("pre").first().textContent()) ?? "";
    expect(script, "no token in clear").not.toMatch(/ktr_|eyJ/);
    expect(await inShell(script, demo.folder), title).toMatch(proof);
  }
  // The clock has been moved by more than an hour meanwhile.
  await page.reload();
  await expect(signedIn(page)).toBeVisible();
  const thief = new Act(page, "Be the thief");
  await thief.play();
  await thief.card.getByText("explain", { exact: true }).click();
  const [command = "", told = ""] = await thief.card.locator("details").last().locator("pre").allTextContents();
  expect(told).toContain("token_reuse");
  const said = await inShell(command, demo.folder);
  expect(said.trim().split("\n").at(-1)).toBe(told.trim().split("\n").at(-1));
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [360, 1280]) {
    test(`axe finds nothing on the ${colorScheme} page, ${width} pixels wide, and the policy refuses nothing`, async ({
      browser,
      demo,
    }) => {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" });
      const page = await context.newPage();
      const heard = complaints(page);
      await opened(page, demo);
      await expectAccessible(page);
      await new Act(page, "Expire my token, send ten requests").play();
      await new Act(page, "Lose the next reply").card.getByText("curl", { exact: true }).click();
      const thief = new Act(page, "Be the thief");
      await thief.play();
      await thief.card.getByText("explain", { exact: true }).click();
      await expect(application(page).getByText(REUSE)).toBeVisible();
      await expectAccessible(page);
      expect(heard).toEqual([]);
      await context.close();
    });
  }
}

test("the keyboard alone plays an act", async ({ page, demo }) => {
  await opened(page, demo);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the buttons" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Expire my token, send ten requests" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("10 answers, one refresh")).toBeVisible();
});

test("R3.7 other sites may not frame the application, nor ours the plain pages", async ({ request, demo }) => {
  const policyOf = async (path: string) => (await request.get(new URL(path, demo.page).href)).headers()["content-security-policy"];
  expect(await policyOf("/app/")).toContain("frame-ancestors 'self'");
  expect(await policyOf("/signin")).toContain("frame-ancestors 'none'");
  expect(await policyOf("/demo")).toContain("frame-ancestors 'none'");
});

test("plain serve has no trace of the demo", async ({ request }) => {
  const keyturn = await Keyturn.start();
  expect((await request.get(`${keyturn.url}/demo`)).status()).toBe(404);
  expect((await request.get(`${keyturn.url}/demo/facts`)).status()).toBe(404);
  const document = await request.get(`${keyturn.url}/app/`);
  expect(document.headers()["content-security-policy"]).toContain("frame-ancestors 'none'");
  expect(await document.text()).not.toContain("demo");
  await keyturn.stop();
});

/** Types this into a shell of its own; answers everything that it printed. */
async function inShell(script: string, folder: string): Promise<string> {
  const shell = spawn("bash", ["-c", script], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  await once(shell, "close");
  return printed;
}
