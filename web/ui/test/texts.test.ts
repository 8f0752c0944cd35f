/**
 * The catalogue: every text is used, and none is made up.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import catalogue from "../../../crates/http/src/pages/assets/interface.json" with { type: "json" };
import { textsOf } from "../src/texts.ts";

const SOURCES = join(import.meta.dirname, "../src");
const SERVER = join(import.meta.dirname, "../../../crates/http/src/pages/interface/document.rs");
/** Names that are put together from a code. */
const BY_CODE = [
  /^reason_/,
  /^state_/,
  /^audit_actor_/,
  /^error_(pending|inactive|suspended)$/,
  /^(reset|activated)_done$/,
  /_(one|other)$/,
  /^tasks_(open|done|all)$/,
  /^admin_(give|take)(_title|_text)?$/,
  /^all_sessions_(live|all)$/,
];

test("every text of the catalogue is used", () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
  const code = [...files.map((file) => join(SOURCES, file)), SERVER].map((file) => readFileSync(file, "utf8")).join("\n");
  const unused = Object.keys(catalogue).filter((name) => !code.includes(`"${name}"`) && !BY_CODE.some((made) => made.test(name)));
  expect(unused).toEqual([]);
});

test("what stands in braces is filled in, by number where there are forms for it", () => {
  const t = textsOf("en", { sign_in_title: "Welcome {name}" });
  expect(t("sign_in_title", { name: "Ann" })).toBe("Welcome Ann");
  expect(t("sign_in_title")).toBe("Welcome {name}");
  expect(t.counted("seconds", 1)).toBe("1 second");
  expect(t.counted("seconds", 2)).toBe("2 seconds");
  expect(t.forCode("reason", "a_reason_of_tomorrow")).toBe("a_reason_of_tomorrow");
});
