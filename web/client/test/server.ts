/**
 * A small Keyturn for tests: one rule of `core/src/rotation.rs` after the other, as far as a browser's session meets them.
 *
 * The caveat: it is a model to find mistakes of the client with; whether the real server keeps the same rules is for the tests in a
 * browser to say.
 */
import type { EndReason } from "../src/api.js";
import type { VirtualClock } from "./clock.js";
import { aContext, anAnswer, aSession, at, MINUTE } from "./shapes.js";

/** What a browser holds: cookies of one origin, all tabs together. */
export interface Jar {
  refresh?: { readonly session: string; readonly generation: number };
  access?: Access;
  device?: string;
  csrf?: string;
}

export interface Access {
  readonly session: string;
  readonly generation: number;
  readonly expiresAt: number;
}

interface Family {
  readonly id: string;
  readonly user: string;
  generation: number;
  seen: number;
  handedAt: number;
  activeAt: number;
  renewedAt: number;
  ended?: EndReason;
}

/** An answer, and what it does to the jar when it arrives. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly set?: Jar;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly jar: Jar;
}

const WINDOW = 10_000;
const ACCESS_LIFE = 30 * MINUTE;
const IDLE = 60 * MINUTE;

export class Server {
  readonly families = new Map<string, Family>();
  /** Every request that came, as `METHOD /path`. */
  readonly log: string[] = [];
  /** What to answer instead, while it says something. */
  instead: ((asked: Asked) => Reply | undefined) | undefined;
  #made = 0;

  constructor(private readonly clock: VirtualClock) {}

  answer(asked: Asked): Reply {
    const line = `${asked.method} ${asked.path}`;
    this.log.push(line);
    const instead = this.instead?.(asked);
    if (instead) return instead;
    if (line === "GET /auth/csrf") return csrf(asked.jar.refresh?.session);
    const isUnsafe = asked.method !== "GET" && (asked.jar.refresh || asked.jar.access || asked.jar.device || asked.path === "/auth/signin");
    if (isUnsafe && !this.#isEchoed(asked)) return problem(403, "csrf-invalid");
    if (line === "POST /auth/signin") return this.#signIn(asked);
    if (line === "POST /auth/refresh") return this.#refresh(asked);
    if (line === "POST /auth/signout") return this.#signOut(asked);
    return this.#protected(asked);
  }

  /** How often a path was asked for. */
  count(line: string): number {
    return this.log.filter((it) => it === line).length;
  }

  end(session: string, reason: EndReason): void {
    const family = this.families.get(session);
    if (family) family.ended ??= reason;
  }

  #isEchoed({ jar, headers }: Asked): boolean {
    return jar.csrf === (jar.refresh?.session ?? "unbound") && headers.get("x-csrf-token") === jar.csrf;
  }

  #signIn({ jar, body }: Asked): Reply {
    if (body["password"] === "wrong") return problem(401, "invalid-credentials");
    if (jar.refresh) this.end(jar.refresh.session, "replaced");
    this.#made += 1;
    const id = `session-${this.#made}`;
    const now = this.clock.wall();
    const user = String(body["email"]).split("@")[0] ?? "";
    const family = { id, user, generation: 0, seen: 0, handedAt: now, activeAt: now, renewedAt: now };
    this.families.set(id, family);
    return this.#issue(family, { device: id, csrf: id, refresh: { session: id, generation: 0 } }, { "x-csrf-token": id });
  }

  #refresh({ jar, body, headers }: Asked): Reply {
    const family = jar.refresh && this.families.get(jar.refresh.session);
    if (!family || !jar.refresh) return problem(401, "token-unknown");
    const now = this.clock.wall();
    const reason = this.#over(family);
    if (reason) return ended(reason);
    const { generation } = jar.refresh;
    const isProven = jar.device === family.id;
    if (!isProven) return this.#reuse(family);
    const activeAt = now - Number(body["idle_seconds"] ?? 0) * 1000;
    if (generation === family.generation) {
      family.seen = Math.max(family.seen, generation);
      const isHeld = generation > 0 && now - family.handedAt <= WINDOW;
      if (!headers.has("keyturn-passive")) family.activeAt = Math.max(family.activeAt, activeAt);
      family.renewedAt = now;
      if (isHeld) return this.#issue(family, {});
      family.generation += 1;
      family.handedAt = now;
      return this.#issue(family, { refresh: { session: family.id, generation: family.generation } });
    }
    const isLost = family.seen < family.generation || now - family.handedAt <= WINDOW;
    if (generation !== family.generation - 1 || !isLost) return this.#reuse(family);
    family.activeAt = Math.max(family.activeAt, activeAt);
    family.handedAt = now;
    family.renewedAt = now;
    return this.#issue(family, { refresh: { session: family.id, generation: family.generation } });
  }

  #reuse(family: Family): Reply {
    family.ended = "token_reuse";
    return ended("token_reuse");
  }

  #signOut({ jar }: Asked): Reply {
    if (jar.refresh) this.end(jar.refresh.session, "signed_out");
    const set = { refresh: undefined, access: undefined, csrf: "unbound" } as unknown as Jar;
    return { status: 204, set, headers: { "x-csrf-token": "unbound" } };
  }

  #protected({ jar, path, headers, body }: Asked): Reply {
    const bearer = headers.get("authorization")?.slice("Bearer ".length);
    const access = bearer === undefined ? jar.access : (JSON.parse(bearer) as Access);
    const isContext = path === "/auth/session";
    if (!access)
      return isContext
        ? { status: 200, body: { now: at(this.clock.wall()), is_authenticated: false, session: null } }
        : problem(401, "credentials-missing");
    const family = this.families.get(access.session);
    if (!family) return problem(401, "token-unknown");
    const reason = this.#over(family);
    if (reason) return ended(reason);
    if (this.clock.wall() >= access.expiresAt) return problem(401, "token-expired");
    family.seen = Math.max(family.seen, access.generation);
    if (path === "/auth/activity") {
      family.activeAt = Math.max(family.activeAt, this.clock.wall() - Number(body["idle_seconds"]) * 1000);
      return { status: 200, body: this.#session(family) };
    }
    if (!headers.has("keyturn-passive")) family.activeAt = this.clock.wall();
    return { status: 200, body: isContext ? aContext(this.#session(family), family.renewedAt, this.clock.wall()) : { for: family.user } };
  }

  #over(family: Family): EndReason | undefined {
    if (!family.ended && this.clock.wall() >= family.activeAt + IDLE) family.ended = "idle";
    return family.ended;
  }

  #session(family: Family): ReturnType<typeof aSession> {
    const change = { id: family.id, user_id: family.user, generation: family.generation, ends_at: at(family.handedAt + 10_000 * MINUTE) };
    return aSession(change, family.activeAt, family.renewedAt);
  }

  #issue(family: Family, set: Jar, headers: Record<string, string> = {}): Reply {
    const now = this.clock.wall();
    const access = { session: family.id, generation: family.generation, expiresAt: now + ACCESS_LIFE };
    const answer = anAnswer(now, this.#session(family));
    return { status: 200, body: { ...answer, access_token: JSON.stringify(access) }, set: { ...set, access }, headers };
  }
}

export function problem(status: number, code: string, more: Readonly<Record<string, unknown>> = {}): Reply {
  const body = { type: `/problems/${code}`, title: code, status, code, instance: "one", ...more };
  return { status, body, headers: { "content-type": "application/problem+json" } };
}

function ended(reason: EndReason): Reply {
  return problem(401, "session-ended", { reason });
}

function csrf(session: string | undefined): Reply {
  const token = session ?? "unbound";
  return { status: 200, body: { csrf_token: token }, set: { csrf: token }, headers: { "x-csrf-token": token } };
}
