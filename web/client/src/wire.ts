/**
 * Requests to Keyturn itself: credentials, the CSRF token, a bound on waiting.
 *
 * The rule: every unsafe request brings the CSRF token. It is taken from the last answer that gave one, else from its cookie where this page
 * can read it, else asked for. A request that is refused as `csrf-invalid` is sent once more with a new one; a refused request has
 * changed nothing (`docs/problems.md`).
 *
 * The caveat: no answer within the patience is an error, `no-answer`; the server may have carried the request out all the same.
 */
import { KeyturnError } from "./error.js";
import type { Setup } from "./options.js";

/** What a request says beside its path. */
export interface Ask {
  /** What makes it a POST, as JSON; without, it is a GET. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds to wait for an answer. */
  readonly patience?: number;
  readonly signal?: AbortSignal;
  /** Goes on while the page is being left. */
  readonly keepalive?: boolean;
}

/** How long a request may take where nothing shorter is said. */
const PATIENCE = 30_000;
export const CSRF_HEADER = "x-csrf-token";
const CSRF_COOKIE = /\bkeyturn_csrf=([\w.-]+)/;

export class Wire {
  #csrf: string | undefined;

  constructor(readonly setup: Pick<Setup, "base" | "fetch" | "clock">) {}

  /** Asks, and answers what a success says, which may be nothing; throws whatever else came as a `KeyturnError`. */
  async ask<T = void>(path: string, ask: Ask = {}): Promise<T> {
    try {
      return await this.#send(path, ask, ask.body && (await this.csrf()));
    } catch (error) {
      if (KeyturnError.from(error).code !== "csrf-invalid") throw error;
      return this.#send(path, ask, await this.newCsrf());
    }
  }

  /** The CSRF token for the next unsafe request. */
  async csrf(): Promise<string> {
    return this.#csrf ?? CSRF_COOKIE.exec(globalThis.document?.cookie ?? "")?.[1] ?? this.newCsrf();
  }

  /** A CSRF token from the server, for the session that the cookies name now. */
  async newCsrf(): Promise<string> {
    const { csrf_token } = await this.#send<{ csrf_token: string }>("/auth/csrf", {}, undefined);
    this.#csrf = csrf_token;
    return csrf_token;
  }

  /** Forgets the token: another tab has signed in or out. */
  forgetCsrf(): void {
    this.#csrf = undefined;
  }

  /** Keeps the token that an answer gave. */
  learn({ headers }: Response): void {
    this.#csrf = headers.get(CSRF_HEADER) ?? this.#csrf;
  }

  async #send<T>(path: string, ask: Ask, csrf: string | undefined): Promise<T> {
    const { body, patience = PATIENCE, signal, keepalive = false } = ask;
    const waiting = new AbortController();
    const giveUp = (): void => waiting.abort();
    const stop = this.setup.clock.after(patience, giveUp);
    signal?.addEventListener("abort", giveUp, { signal: waiting.signal });
    let answer: Response;
    try {
      if (signal?.aborted) giveUp();
      const response = await this.setup.fetch(new URL(path, this.setup.base), {
        method: body ? "POST" : "GET",
        headers: { ...ask.headers, ...(csrf && { [CSRF_HEADER]: csrf }), ...(body && { "content-type": "application/json" }) },
        credentials: "include",
        signal: waiting.signal,
        keepalive,
        body: JSON.stringify(body),
      });
      this.learn(response);
      // The body too has to arrive in time.
      answer = new Response((await response.text()) || null, response);
    } catch (cause) {
      throw KeyturnError.from(cause);
    } finally {
      stop();
      // All has come: there is nothing left to give up but the listener.
      giveUp();
    }
    if (!answer.ok) throw await KeyturnError.of(answer);
    return (answer.body && (await answer.json())) as T;
  }
}
