/**
 * An application's own requests: what goes along with them, and whether a refused one is sent again.
 *
 * The rule: a request is sent again at most once because its access token had expired, and at most once because of its CSRF token.
 * However many fail at the same moment, they wait for one renewal. None is repeated in the name of somebody else who has signed in meanwhile.
 * Tokens go to Keyturn's origin and to the listed resources, nowhere else.
 *
 * The caveat: a 401 that isn't Keyturn's, from an API of your own that checks tokens itself, doesn't say whether a renewal can help. It leads to
 * one where the token is due to be renewed by our clock, or older than a minute.
 */
import type { Problem } from "./api.js";
import { type ErrorCode, KeyturnError, problemOf } from "./error.js";
import type { Session } from "./session.js";
import { CSRF_HEADER } from "./wire.js";

/** A request about to be sent. */
export interface Prepared {
  /** Headers to add. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether cookies go along. */
  readonly withCredentials: boolean;
  /** Whether it is to be sent again, prepared anew, where it was refused with this; sees to what it was refused for first. */
  readonly shallRepeat: (status: number, problem: Problem | undefined) => Promise<boolean>;
}

/** Why a request has been sent again already, by the codes of its refusals. */
export type Repeats = Set<ErrorCode>;

const SAFE = /^(get|head|options)$/i;

/** How requests go out; see above. */
export interface Transport {
  /** `fetch` with all of it. */
  readonly fetch: typeof globalThis.fetch;
  /** What to add to a request; `repeats` is the same for each of its tries. */
  readonly prepare: (address: string, method: string, given: Headers, repeats: Repeats) => Promise<Prepared>;
}

export function transportOf(session: Session): Transport {
  const { wire, watch, setup } = session;

  const prepare: Transport["prepare"] = async (address, method, given, repeats) => {
    await session.ready();
    const { origin } = new URL(address, setup.base);
    const isKeyturn = origin === setup.base.origin;
    const isOurs = (isKeyturn || setup.resources.includes(origin)) && !given.has("authorization");
    const headers = isOurs ? session.bearer() : {};
    if (isKeyturn && !SAFE.test(method)) headers[CSRF_HEADER] = await wire.csrf();
    if (isKeyturn && !given.has("keyturn-passive") && !watch.isRecentlyActive()) headers["keyturn-passive"] = "1";
    const { era, serial } = session;
    return {
      headers,
      withCredentials: isKeyturn,
      shallRepeat: async (status, problem) => {
        const code = problem ? problem.code : status === 401 && watch.mayHaveExpired() ? "token-expired" : undefined;
        if (!isOurs || !code || era.aborted) return false;
        if (repeats.has(code) || (code !== "token-expired" && code !== "csrf-invalid")) {
          session.refused(new KeyturnError(code, { status, reason: problem?.reason }));
          return false;
        }
        repeats.add(code);
        return mend(session, code, era, serial);
      },
    };
  };

  const fetch: Transport["fetch"] = async (input, init) => {
    const asked = new Request(input instanceof Request ? input : new URL(input, setup.base), init);
    const repeats: Repeats = new Set();
    for (;;) {
      const { headers, withCredentials, shallRepeat } = await prepare(asked.url, asked.method, asked.headers, repeats);
      const request = new Request(asked.clone(), withCredentials ? { credentials: "include" } : {});
      for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
      const response = await setup.fetch(request);
      if (withCredentials) wire.learn(response);
      if (response.ok || !(await shallRepeat(response.status, await problemOf(response.clone())))) return response;
    }
  };

  return { fetch, prepare };
}

/** Sees to what a request was refused for; answers whether that went well. */
async function mend(session: Session, code: "token-expired" | "csrf-invalid", era: AbortSignal, serial: number): Promise<boolean> {
  try {
    if (code === "csrf-invalid") {
      await session.wire.newCsrf();
      // The jar may hold another session than the one that the request was meant for: asking finds that out.
      if (session.snapshot.session) await session.look();
    } else if (session.serial === serial) await session.renew();
  } catch (cause) {
    // Nothing was decided: the caller may try again. What was decided is in the state, and the refusal stands.
    const error = KeyturnError.from(cause);
    if (error.isPassing || error.code === "superseded") throw error;
    return false;
  }
  if (era.aborted) throw new KeyturnError("session-changed");
  return true;
}
