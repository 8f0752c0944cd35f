/**
 * An application's own requests: what goes along with them, and whether a refused one is sent again.
 *
 * The rule: a request is sent again at most once because its access token had expired, and at most once because of its CSRF token.
 * However many fail at the same moment, they wait for one renewal. None is repeated in the name of somebody else who has signed in meanwhile.
 * Tokens go to Keyturn's origin and to the listed resources, nowhere else.
 *
 * The caveat: a 401 that isn't Keyturn's, from an API of your own that checks tokens itself, doesn't say whether a renewal can help. It leads to
 * one where the token has expired by our clock or is older than a minute.
 */
import type { Problem } from "./api.js";
import { KeyturnError, problemOf } from "./error.js";
import type { Wire } from "./wire.js";

/** What the transport asks of the session. */
export interface Bearer {
  readonly era: AbortSignal;
  readonly serial: number;
  /** The access token, in `hybrid` delivery. */
  readonly token: string | undefined;
  /** Resolves when it is known who is signed in, and a sign-out that waited for the network has gone through. */
  ready(): Promise<void>;
  readonly watch: { isRecentlyActive(): boolean; mayHaveExpired(): boolean };
  renew(): Promise<void>;
  /** What the server said about one request. */
  refused(error: KeyturnError): void;
}

/** A request about to be sent. */
export interface Prepared {
  readonly url: URL;
  /** Headers to add. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether cookies go along. */
  readonly withCredentials: boolean;
  /** Whether a token went along, or could. */
  readonly isOurs: boolean;
  readonly era: AbortSignal;
  readonly serial: number;
}

/** How often a request has been sent again, and why. */
export interface Repeats {
  renewed?: boolean;
  csrf?: boolean;
}

const SAFE = /^(get|head|options)$/i;

export class Transport {
  constructor(
    private readonly session: Bearer,
    private readonly wire: Wire,
    private readonly resources: readonly string[],
  ) {}

  /** `fetch` with all of the above. */
  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const repeats: Repeats = {};
    const request = input instanceof Request ? input : undefined;
    const method = init?.method ?? request?.method ?? "GET";
    for (;;) {
      const given = new Headers(init?.headers ?? request?.headers);
      const prepared = await this.prepare(request?.url ?? String(input), method, given);
      for (const [name, value] of Object.entries(prepared.headers)) given.set(name, value);
      const credentials = prepared.withCredentials ? "include" : (init?.credentials ?? request?.credentials ?? "same-origin");
      const response = await this.wire.fetch(request?.clone() ?? prepared.url.href, { ...init, headers: given, credentials });
      if (prepared.isOurs) this.wire.learn(response);
      const isRefused = response.status === 401 || response.status === 403;
      if (!isRefused || !prepared.isOurs || init?.body instanceof ReadableStream) return response;
      if (!(await this.shallRepeat(prepared, response.status, await problemOf(response.clone()), repeats))) return response;
    }
  }

  /** What to add to a request. */
  async prepare(address: string, method: string, given: Headers): Promise<Prepared> {
    await this.session.ready();
    const url = new URL(address, this.wire.base);
    const isKeyturn = url.origin === this.wire.base.origin;
    const isOurs = (isKeyturn || this.resources.includes(url.origin)) && !given.has("authorization");
    const headers: Record<string, string> = {};
    if (isOurs && this.session.token) headers["authorization"] = `Bearer ${this.session.token}`;
    if (isKeyturn && !SAFE.test(method)) headers["x-csrf-token"] = await this.wire.csrf();
    if (isKeyturn && !given.has("keyturn-passive") && !this.session.watch.isRecentlyActive()) headers["keyturn-passive"] = "1";
    const { era, serial } = this.session;
    return { url, headers, withCredentials: isKeyturn, isOurs, era, serial };
  }

  /** Whether a refused request, prepared anew, is to be sent again; renews first where that is why. */
  async shallRepeat(sent: Prepared, status: number, problem: Problem | undefined, repeats: Repeats): Promise<boolean> {
    if (problem?.code === "csrf-invalid" && !repeats.csrf) {
      repeats.csrf = true;
      await this.wire.newCsrf();
      return true;
    }
    if (status !== 401 || sent.era.aborted) return false;
    const wantsRenewal = problem ? problem.code === "token-expired" : this.session.watch.mayHaveExpired();
    if (!wantsRenewal || repeats.renewed) {
      if (problem && !wantsRenewal) this.session.refused(new KeyturnError(problem.code, { status, reason: problem.reason }));
      return false;
    }
    repeats.renewed = true;
    return this.#renew(sent);
  }

  async #renew(sent: Prepared): Promise<boolean> {
    try {
      if (this.session.serial === sent.serial) await this.session.renew();
    } catch (error) {
      // Nothing was decided: the caller may try again. What was decided is in the state, and the refusal stands.
      if (error instanceof KeyturnError && (error.isPassing || error.code === "superseded")) throw error;
      return false;
    }
    if (!sent.era.aborted) return true;
    throw new KeyturnError("session-changed", { message: "Somebody else has signed in in this browser meanwhile." });
  }
}
