/**
 * The person's own sessions, call by call.
 *
 * The rule: thin. What may end the session that asks is followed by a look at it.
 */
import type { EndedSessions, SessionPage, SessionWithTokens } from "./api.js";
import { caller } from "./call.js";
import type { Snapshot } from "./machine.js";

export interface SessionCalls {
  /** Newest first; `state: "all"` brings those that have ended too, with their reasons. */
  list(query?: { state?: "live" | "all"; cursor?: string; limit?: number }): Promise<SessionPage>;
  get(id: string): Promise<SessionWithTokens>;
  /** Ends one. */
  end(id: string): Promise<Snapshot>;
  /** Ends all but this one. */
  endOthers(): Promise<EndedSessions>;
  /** Ends all, this one included. */
  endAll(): Promise<Snapshot>;
}

export function sessionCalls(fetch: typeof globalThis.fetch, reload: () => Promise<Snapshot>): SessionCalls {
  const call = caller(fetch);
  const at = (id: string): string => `/auth/sessions/${encodeURIComponent(id)}`;
  return {
    list: (query = {}) => {
      const asked = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
      return call("GET", `/auth/sessions?${new URLSearchParams(asked)}`);
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
