/**
 * The person's own sessions, call by call: an entry of its own, `@keyturn/client/sessions`, for the pages that need it.
 *
 * The rule: thin. What may end the session that asks is followed by a look at it.
 */
import type { EndedSessions, SessionPage, SessionWithTokens } from "./api.js";
import { caller, type Caller } from "./call.js";
import type { Snapshot } from "./machine.js";

/** Which sessions. */
export interface SessionQuery {
  /** `live` (default), or `all`: those that have ended too, with their reasons. */
  readonly state?: "live" | "all";
  readonly cursor?: string;
  /** How many a page has. */
  readonly limit?: number;
}

export interface SessionCalls {
  /** A page, newest first: 50 or `limit`, at most 100; `next` is the `cursor` of the page after it. */
  list(query?: SessionQuery): Promise<SessionPage>;
  /** All, newest first, page after page as they are needed: `for await (const session of sessions.each())`. */
  each(query?: Omit<SessionQuery, "cursor">): AsyncGenerator<SessionWithTokens, void, undefined>;
  get(id: string): Promise<SessionWithTokens>;
  /** Ends one. */
  end(id: string): Promise<Snapshot>;
  /** Ends all but this one. */
  endOthers(): Promise<EndedSessions>;
  /** Ends all, this one included. */
  endAll(): Promise<Snapshot>;
}

/** The sessions of whoever is signed in to this client. */
export function sessionsOf(keyturn: Caller): SessionCalls {
  const { reload } = keyturn;
  const call = caller(keyturn.fetch);
  const at = (id: string): string => `/auth/sessions/${encodeURIComponent(id)}`;
  const list = (query: SessionQuery = {}): Promise<SessionPage> => {
    const asked = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
    return call("GET", `/auth/sessions?${new URLSearchParams(asked)}`);
  };
  return {
    list,
    async *each(query) {
      let page: SessionPage | undefined;
      do {
        page = await list({ ...query, ...(page?.next ? { cursor: page.next } : {}) });
        yield* page.items;
      } while (page.next);
    },
    get: (id) => call("GET", at(id)),
    end: async (id) => {
      await call("DELETE", at(id));
      return reload();
    },
    endOthers: () => call("DELETE", "/auth/sessions"),
    endAll: async () => {
      await call("DELETE", "/auth/sessions?all=true");
      return reload();
    },
  };
}
