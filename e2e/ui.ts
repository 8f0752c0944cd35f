/**
 * What tests of the web interface share: how a person signs in and goes about, what the browser complains of, and how axe judges a page.
 */
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";

import { PASSWORD } from "./keyturn.ts";

export const ANN = "ann@example.org";
export const BEN = "ben@example.org";

/** What the browser refuses to load or to run, and what no script caught; growing. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("pageerror", (error) => heard.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/i.test(message.text())) heard.push(message.text());
  });
  return heard;
}

export async function signIn(page: Page, name = ANN, password = PASSWORD): Promise<void> {
  await page.getByLabel("Email or username").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The link to one of the places. */
export function place(page: Page, name: string): Locator {
  return page.getByRole("navigation", { name: "Places" }).getByRole("link", { name, exact: true });
}

export function heading(page: Page, name: string): Locator {
  return page.getByRole("heading", { level: 1, name });
}

/** Presses Tab until what has this name has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let pressed = 0; pressed < 40; pressed += 1) {
    const label = await page.evaluate(() => {
      const element = document.activeElement as (Element & { labels?: NodeList }) | null;
      return [element?.getAttribute("aria-label"), element?.labels?.[0]?.textContent, element?.textContent].find(Boolean)?.trim();
    });
    if (label === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach "${name}"`);
}

/** WCAG 2.2 AA as far as axe sees it, and nothing wider than the page. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const told = violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join(" ")}`);
  expect(told, page.url()).toEqual([]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide, `${page.url()} scrolls sideways`).toBe(0);
}

/** Nothing that a script can read holds a token: web storage, cookies, names of databases and caches, the page itself. */
export async function expectNoToken(page: Page): Promise<void> {
  const kept = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const stores = [{ ...localStorage }, { ...sessionStorage }, document.cookie, databases, await caches.keys()];
    return JSON.stringify([...stores, document.documentElement.outerHTML, history.state]);
  });
  expect(kept, page.url()).not.toMatch(/ktr_|eyJ[A-Za-z0-9_-]{10}|keyturn_(access|refresh|device)/);
}
