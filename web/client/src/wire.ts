/**
 * Requests to Keyturn itself: credentials, the CSRF token, a bound on waiting.
 *
 * The rule: every unsafe request brings the CSRF token. It is taken from the last answer that gave one, else from its cookie where this page
 * can read it, else asked for. A request that is refused as `csrf-invalid` is sent once more with a new one; a refused request has
 * changed nothing (`docs/problems.md`).
 *
 * The caveat: no answer within the patience is an error, `no-answer`; the server may have carried the request out all the same.
 */
import type { Clock } from "./clock.js";
import { KeyturnError } from "./error.js";

/** What a request says beside its path. */
export interface Ask {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds to wait for an answer. */
  readonly patience?: number;
  readonly signal?: AbortSignal;
  /** Goes on while the page is being left. */
  readonly keepalive?: boolean;
}

/** How long a request may take where nothing shorter is said. */
const PATIENCE = 30_000;
const CSRF_HEADER = "x-csrf-token";
const CSRF_COOKIE = /(?:^|; )(?:__Host-)?keyturn_csrf=([\w.-]+)/;

export class Wire {
  #csrf: string | undefined;

  constructor(
    readonly base: URL,
    readonly fetch: typeof globalThis.fetch,
    readonly clock: Clock,
  ) {}

  /** Asks, and answers a success; throws what else came as a `KeyturnError`. */
  async ask(path: string, ask: Ask = {}): Promise<Response> {
    const isUnsafe = ask.method !== undefined && ask.method !== "GET";
    let response = await this.#send(path, ask, isUnsafe ? await this.csrf() : undefined);
    if (response.ok) return response;
    let error = await KeyturnError.of(response);
    if (error.code === "csrf-invalid") {
      response = await this.#send(path, ask, await this.newCsrf());
      if (response.ok) return response;
      error = await KeyturnError.of(response);
    }
    throw error;
  }

  /** The CSRF token for the next unsafe request. */
  async csrf(): Promise<string> {
    return this.#csrf ?? this.#csrfCookie() ?? this.newCsrf();
  }

  /** A CSRF token from the server, for the session that the cookies name now. */
  async newCsrf(): Promise<string> {
    const response = await this.#send("/auth/csrf", {}, undefined);
    if (!response.ok) throw await KeyturnError.of(response);
    const { csrf_token } = (await response.json()) as { csrf_token: string };
    this.#csrf = csrf_token;
    return csrf_token;
  }

  /** Forgets the token: another tab has signed in or out. */
  forgetCsrf(): void {
    this.#csrf = undefined;
  }

  /** Keeps the token that an answer gave. */
  learn(response: Response): void {
    this.#csrf = response.headers.get(CSRF_HEADER) ?? this.#csrf;
  }

  #csrfCookie(): string | undefined {
    return typeof document === "undefined" ? undefined : CSRF_COOKIE.exec(document.cookie)?.[1];
  }

  async #send(path: string, ask: Ask, csrf: string | undefined): Promise<Response> {
    const headers = new Headers(ask.headers);
    if (csrf) headers.set(CSRF_HEADER, csrf);
    if (ask.body !== undefined) headers.set("content-type", "application/json");
    const waiting = new AbortController();
    const giveUp = (): void => waiting.abort();
    const stop = this.clock.after(ask.patience ?? PATIENCE, giveUp);
    ask.signal?.addEventListener("abort", giveUp);
    try {
      if (ask.signal?.aborted) giveUp();
      const response = await this.fetch(new URL(path, this.base).href, {
        method: ask.method ?? "GET",
        headers,
        credentials: "include",
        signal: waiting.signal,
        keepalive: ask.keepalive ?? false,
        ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
      });
      this.learn(response);
      // The body too has to arrive in time.
      const text = await response.text();
      return new Response(text === "" ? null : text, { status: response.status, headers: response.headers });
    } catch (cause) {
      throw new KeyturnError("no-answer", { message: "The server did not answer.", cause });
    } finally {
      stop();
      ask.signal?.removeEventListener("abort", giveUp);
    }
  }
}
