/**
 * What is wrong with a set-up, in words that say what to do. Loaded only when it is asked for.
 *
 * The rule: nothing is changed by it. It asks for CSRF tokens and sends one heartbeat that says "no input for a century", which moves
 * nothing.
 */
import { KeyturnError } from "./error.js";
import type { Wire } from "./wire.js";

/** One thing that was tried. */
export interface Finding {
  readonly check: "page" | "reachable" | "cookies" | "origin" | "clock";
  readonly isGood: boolean;
  /** What was found, and what to do about it. */
  readonly message: string;
}

/** All that was tried, in the order of cause and effect: mend the first that is not good. */
export interface Diagnosis {
  readonly isGood: boolean;
  readonly findings: readonly Finding[];
}

const MOST_SKEW = 60_000;

export async function diagnose(wire: Wire): Promise<Diagnosis> {
  const findings = [page(wire), await reachable(wire)];
  if (findings.at(-1)?.isGood) findings.push(await cookies(wire), await origin(wire), await clock(wire));
  return { isGood: findings.every((finding) => finding.isGood), findings };
}

function page({ setup: { base } }: Wire): Finding {
  const here = globalThis.location?.origin ?? base.origin;
  if (here.startsWith("https:") && base.protocol === "http:" && !isLoopback(base)) {
    return bad("page", `This page is https, and ${base.origin} is not: browsers block that. Serve Keyturn by https.`);
  }
  if (base.protocol === "http:" && !isLoopback(base)) {
    return bad(
      "page",
      `Browsers keep no Secure cookie of ${base.origin}. Serve it by https, or set http.dev_cookies in a private network.`,
    );
  }
  return good("page", `This page is ${here}, Keyturn ${base.origin}.`);
}

async function reachable({ setup: { base, fetch } }: Wire): Promise<Finding> {
  const url = new URL("/livez", base).href;
  try {
    const { status } = await fetch(url, { credentials: "include" });
    if (status === 200) return good("reachable", "Keyturn answers.");
    return bad("reachable", `${url} answers ${status}: something else is there, or a proxy doesn't lead to Keyturn.`);
  } catch {
    const isThere = await fetch(url, { mode: "no-cors" }).then(
      () => true,
      () => false,
    );
    if (!isThere) return bad("reachable", `${base.origin} does not answer. Is it running, and is baseUrl right?`);
    return bad("reachable", `Keyturn answers, but not to this page (CORS). Add ${globalThis.location?.origin} to http.allowed_origins.`);
  }
}

async function cookies(wire: Wire): Promise<Finding> {
  const [first, second] = [await wire.newCsrf(), await wire.newCsrf()];
  if (first === second) return good("cookies", "Cookies are kept and come back.");
  const isSafari = /^((?!chrom|android).)*safari/i.test(globalThis.navigator?.userAgent ?? "");
  return bad(
    "cookies",
    isSafari && wire.setup.base.protocol === "http:"
      ? "Safari keeps no Secure cookie on plain http, localhost included. Use https, or set http.dev_cookies."
      : "This browser does not keep Keyturn's cookies. Put page and Keyturn on one site (app.example.org and auth.example.org), or behind one origin.",
  );
}

async function origin(wire: Wire): Promise<Finding> {
  const code = await wire.ask("/auth/activity", { body: { idle_seconds: 0xffff_ffff } }).then(
    () => undefined,
    (cause: unknown) => KeyturnError.from(cause).code,
  );
  if (code === "csrf-origin") {
    return bad(
      "origin",
      "Unsafe requests of this page are refused. A proxy that rewrites Host? Set http.public_url, and list other origins.",
    );
  }
  return good("origin", "Unsafe requests of this page are let in.");
}

async function clock(wire: Wire): Promise<Finding> {
  const answer = await wire.setup.fetch(new URL("/livez", wire.setup.base).href, { credentials: "include" });
  const server = Date.parse(answer.headers.get("date") ?? "");
  const skew = Math.abs(server - wire.setup.clock.wall());
  if (Number.isNaN(skew)) return good("clock", "Another origin's clock can't be read; the client doesn't depend on it.");
  if (skew < MOST_SKEW) return good("clock", "The clocks agree.");
  return bad("clock", `This machine's clock and the server's are ${Math.round(skew / 1000)} seconds apart. Set the one that is wrong.`);
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "127.0.0.1" || hostname === "[::1]";
}

const good = (check: Finding["check"], message: string): Finding => ({ check, isGood: true, message });
const bad = (check: Finding["check"], message: string): Finding => ({ check, isGood: false, message });
