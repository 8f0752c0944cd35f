/**
 * What a page loads for sessions: everything that `import { createKeyturn } from "@keyturn/client"` brings, minified by Vite's own bundler and
 * compressed by gzip. What is loaded only when it is asked for (`diagnose()`), and the entries `/account`, `/sessions` and `/axios`, are
 * counted by themselves.
 */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { rolldown } from "rolldown";
import { expect, test } from "vitest";

const BUDGET = 6 * 1024;
/** What an entry adds to a page that has the client, with room for a call or two. */
const ENTRY_BUDGET = 1024;

async function compressed(entry: string, external: RegExp): Promise<number> {
  const input = fileURLToPath(new URL(`../src/${entry}.ts`, import.meta.url));
  const bundle = await rolldown({ input, external });
  const { output } = await bundle.generate({ format: "es", minify: true });
  expect(output).toHaveLength(1);
  return gzipSync(output[0].code, { level: 9 }).length;
}

test("the client is 6,144 bytes at most, minified and compressed", async () => {
  expect(await compressed("index", /diagnose/)).toBeLessThanOrEqual(BUDGET);
});

test.each(["account", "sessions", "axios"])("what /%s adds is 1,024 bytes at most", async (entry) => {
  expect(await compressed(entry, /error/)).toBeLessThanOrEqual(ENTRY_BUDGET);
});
