/**
 * Things as the server sends them.
 */
import type { components } from "@keyturn/client/schema";

type Schemas = components["schemas"];

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

/** An hour before the sessions here end. */
const NOW = "2096-11-20T09:00:00Z";

export const NOBODY: Schemas["SessionContext"] = {
  now: NOW,
  is_authenticated: false,
  user_id: null,
  email: null,
  username: null,
  permissions: [],
  account_state: null,
  session: null,
  tokens: [],
};

export function session(different: Partial<Schemas["SessionWithTokens"]> = {}): Schemas["SessionWithTokens"] {
  return {
    id: "0190a1b2-0000-7000-8000-000000000001",
    user_id: "ann",
    state: "active",
    is_active: true,
    is_authenticated: true,
    session_start: "2026-11-20T08:00:00Z",
    last_login: "2026-11-20T08:00:00Z",
    last_activity: "2026-11-20T09:00:00Z",
    session_timeout: 60,
    idle_ends_at: "2096-11-20T10:00:00Z",
    ends_at: "2096-11-27T08:00:00Z",
    last_refresh: null,
    next_refresh: null,
    generation: 3,
    delivery: "cookie",
    ip_address: "192.0.2.7",
    user_agent: CHROME,
    current: false,
    ended_at: null,
    end_reason: null,
    tokens: [],
    ...different,
  };
}

export function user(different: Partial<Schemas["AdminUser"]> = {}): Schemas["AdminUser"] {
  return {
    id: "ann",
    account_id: "0190a1b2-0000-7000-8000-0000000000aa",
    email: "ann@example.org",
    username: null,
    name: "Ann",
    state: "active",
    is_active: true,
    permissions: [],
    metadata: {},
    created_at: "2026-11-01T08:00:00Z",
    updated_at: "2026-11-01T08:00:00Z",
    last_login: null,
    ...different,
  };
}

export function signedIn(permissions: string[] = []): Schemas["SessionContext"] {
  return {
    ...NOBODY,
    is_authenticated: true,
    user_id: "ann",
    email: "ann@example.org",
    permissions,
    account_state: "active",
    session: session({ current: true }),
  };
}

export function tokenAnswer(): Schemas["TokenAnswer"] {
  return {
    now: NOW,
    token_type: "bearer",
    expires_in: 1800,
    refresh_expires_in: 3600,
    refresh_in: 1500,
    next_refresh: "2096-11-20T09:25:00Z",
    concurrent_window: 10,
    user_id: "ann",
    email: "ann@example.org",
    username: null,
    permissions: [],
    session: session({ current: true }),
  };
}

export function task(different: Partial<Schemas["Task"]> = {}): Schemas["Task"] {
  return {
    id: "0190a1b2-0000-7000-8000-00000000000a",
    title: "Buy milk",
    notes: "",
    completed: false,
    due_at: null,
    created_at: "2026-11-20T08:00:00Z",
    updated_at: "2026-11-20T08:00:00Z",
    version: 1,
    ...different,
  };
}
