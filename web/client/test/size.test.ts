/**
 * What a page loads: the client without the adapter, and without what is loaded only when it is asked for.
 */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { rolldown } from "rolldown";
import { expect, test } from "vitest";

const BUDGET = 8000;

test("the client is 8 kB at most, minified and compressed", async () => {
  const input = fileURLToPath(new URL("../src/index.ts", import.meta.url));
  const bundle = await rolldown({ input, external: /diagnose/ });
  const { output } = await bundle.generate({ format: "es", minify: true });
  expect(output).toHaveLength(1);
  expect(gzipSync(output[0].code, { level: 9 }).length).toBeLessThanOrEqual(BUDGET);
});
