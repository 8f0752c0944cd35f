/**
 * A call of the API with JSON in and out, by whatever `fetch` it is given.
 */
import { KeyturnError } from "./error.js";
import type { Keyturn } from "./keyturn.js";

/** What calls need of the client. */
export type Caller = Pick<Keyturn, "fetch" | "reload">;

/** Sends a body, if any, and answers what came, if anything; throws `KeyturnError` for whatever is no success. */
export type Call = <T = void>(method: string, path: string, body?: unknown) => Promise<T>;

export function caller(fetch: typeof globalThis.fetch): Call {
  return async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await fetch(path, { method, ...sent }).catch((cause: unknown) => {
      throw KeyturnError.from(cause);
    });
    if (!response.ok) throw await KeyturnError.of(response);
    const text = await response.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  };
}
