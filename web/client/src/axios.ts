/**
 * Keyturn for an axios instance: the same rules as `keyturn.fetch`, whichever adapter the instance uses.
 *
 * The rule: nothing of its own. What goes along with a request, and whether a refused one is sent again, is the transport's to say. With
 * `validateStatus` relaxed so far that a 401 is a success, nothing is sent again.
 *
 * The caveat: of axios only types are imported, so that an application without it loads nothing of it.
 */
import type { AxiosInstance, InternalAxiosRequestConfig } from "axios";

import type { Keyturn } from "./keyturn.js";
import type { Prepared, Repeats } from "./transport.js";
import type { Problem } from "./api.js";

/** What a request's configuration remembers; axios carries it along to a second try. */
interface Sent {
  readonly shallRepeat: Prepared["shallRepeat"];
  readonly repeats: Repeats;
  /** Names of headers that were added, to be taken away before another try. */
  readonly added: readonly string[];
}

type Config = InternalAxiosRequestConfig & { keyturn?: Sent };

/** Has Keyturn see to this instance's requests; the answer undoes it. */
export function attachKeyturn(instance: AxiosInstance, keyturn: Keyturn): () => void {
  const { transport } = keyturn;
  const request = instance.interceptors.request.use(async (config: Config) => {
    const before = config.keyturn;
    for (const name of before?.added ?? []) config.headers.delete(name);
    const given = new Headers(Object.entries(config.headers.toJSON()).map(([name, value]): [string, string] => [name, String(value)]));
    const repeats: Repeats = before?.repeats ?? new Set();
    const address = instance.getUri(withoutQuery(config));
    const { headers, withCredentials, shallRepeat } = await transport.prepare(address, config.method ?? "get", given, repeats);
    config.headers.set(headers);
    if (withCredentials) config.withCredentials = true;
    config.keyturn = { shallRepeat, repeats, added: Object.keys(headers) };
    return config;
  });
  const response = instance.interceptors.response.use(undefined, async (error: unknown) => {
    const { config, response } = error as { config?: Config; response?: { status: number; data: unknown } };
    if (!config?.keyturn || !response) throw error;
    if (!(await config.keyturn.shallRepeat(response.status, problemIn(response.data)))) throw error;
    return instance.request(config);
  });
  return () => {
    instance.interceptors.request.eject(request);
    instance.interceptors.response.eject(response);
  };
}

function withoutQuery({ baseURL, url }: InternalAxiosRequestConfig): { url: string; baseURL?: string } {
  return { url: url ?? "", ...(baseURL === undefined ? {} : { baseURL }) };
}

/** The body as axios has parsed it, or not. */
function problemIn(data: unknown): Problem | undefined {
  const body: unknown = typeof data === "string" ? parsed(data) : data;
  const isProblem = typeof body === "object" && body !== null && "code" in body && "type" in body;
  return isProblem ? (body as Problem) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
