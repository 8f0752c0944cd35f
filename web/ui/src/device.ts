/**
 * The device and the program behind a `User-Agent`.
 *
 * The rule: the same words as the plain pages and letters have (`device` in `crates/core/src/words.rs`); one table of cases holds both
 * (`crates/core/tests/it/agents.json`).
 *
 * The caveat: an agent is whatever its sender made up. These words describe, and prove nothing.
 */
const BROWSERS = [
  ["Edg", "Edge"],
  ["OPR/", "Opera"],
  ["SamsungBrowser/", "Samsung Internet"],
  ["Vivaldi/", "Vivaldi"],
  ["Firefox/", "Firefox"],
  ["FxiOS/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["CriOS/", "Chrome"],
  ["Safari/", "Safari"],
] as const;

const PROGRAMS = [
  ["curl/", "curl"],
  ["Wget/", "Wget"],
  ["HTTPie/", "HTTPie"],
  ["PostmanRuntime/", "Postman"],
  ["python-", "Python"],
  ["aiohttp/", "Python"],
  ["axios/", "axios"],
  ["okhttp/", "OkHttp"],
  ["Dart/", "Dart"],
  ["Go-http-client/", "Go"],
  ["undici", "Node.js"],
  ["node", "Node.js"],
] as const;

const SYSTEMS = [
  ["Windows", "Windows"],
  ["CrOS", "ChromeOS"],
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Mac OS", "macOS"],
  ["Linux", "Linux"],
] as const;

export interface Device {
  readonly client: string | undefined;
  readonly system: string | undefined;
  readonly kind: "computer" | "tablet" | "phone" | "program";
}

export function deviceOf(userAgent: string | null): Device {
  const agent = userAgent ?? "";
  const browser = found(BROWSERS, agent);
  const program = browser === undefined ? found(PROGRAMS, agent) : undefined;
  const system = found(SYSTEMS, agent);
  return { client: browser ?? program, system, kind: program && !system ? "program" : kindOf(agent) };
}

function kindOf(agent: string): Device["kind"] {
  if (agent.includes("iPad")) return "tablet";
  if (/iPhone|Mobile/.test(agent)) return "phone";
  return agent.includes("Android") ? "tablet" : "computer";
}

function found(known: readonly (readonly [mark: string, name: string])[], agent: string): string | undefined {
  return known.find(([mark]) => agent.includes(mark))?.[1];
}
