/**
 * The types are those of the API's description.
 */
import { readFile } from "node:fs/promises";

import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

const DESCRIPTION = new URL("../../openapi.json", import.meta.url);
const TYPES = new URL("../src/schema.ts", import.meta.url);

test("src/schema.ts is what `npm run generate` makes of web/openapi.json", async () => {
  const made = COMMENT_HEADER + astToString(await openapiTS(DESCRIPTION));
  expect((await readFile(TYPES, "utf8")) === made, "stale: run `npm run generate --workspace web/client`").toBe(true);
});
