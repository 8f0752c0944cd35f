/**
 * What a first visit loads, as it was built: `npm run build` comes first.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect, test } from "vitest";

const DIST = join(import.meta.dirname, "../../../crates/keyturn/ui/dist");
/** In bytes, compressed: document, scripts and styles of the sign-in page. */
const BUDGET = 150_000;

const documentText = (): string => readFileSync(join(DIST, "index.html"), "utf8");

test("R5.5 a first visit loads at most 150 kB", () => {
  const files = [...documentText().matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => file ?? "");
  expect(files.length).toBeGreaterThan(2);
  const sizes = ["index.html", ...files].map((file) => gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(BUDGET);
});

test("R5.5 the document holds no script and no style of its own, and leaves room for what is configured", () => {
  const text = documentText();
  expect(text).toContain("<!--keyturn:head-->");
  expect(text).toContain("<!--keyturn:noscript-->");
  expect(text).toContain('<html lang="en">');
  expect(text).not.toMatch(/<style|style=|<script[^>]*>[^<]/);
});

test("the interface's files hold no trace of the demo, whose page is built apart", () => {
  const names = readdirSync(DIST, { recursive: true, encoding: "utf8" });
  const texts = names.filter((name) => /\.(js|css|html)$/.test(name)).map((name) => readFileSync(join(DIST, name), "utf8"));
  expect(texts.length).toBeGreaterThan(2);
  expect(texts.filter((text) => /\/demo\b|lost-reply|be the thief/i.test(text))).toEqual([]);
  const page = readFileSync(join(DIST, "../demo/demo.html"), "utf8");
  expect(page).toContain("<!--keyturn:head-->");
  expect(page).not.toMatch(/<style|style=|<script[^>]*>[^<]/);
});
