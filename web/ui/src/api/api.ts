/**
 * The server's routes, typed by its own description, asked through the session client: it adds the CSRF token, renews and retries.
 */
import type { Keyturn } from "@keyturn/client";
import type { components, paths } from "@keyturn/client/schema";
import createClient, { type Client } from "openapi-fetch";

import { refusalOf } from "./refusal.ts";

export type Api = Client<paths>;
type Schemas = components["schemas"];
export type AdminUser = Schemas["AdminUser"];
export type NewUser = Schemas["AdminNewUser"];
export type UserChanges = Schemas["AdminUserChanges"];
export type AccountState = AdminUser["state"];
export type SessionStory = Schemas["SessionStory"];
export type AuditEvent = Schemas["AuditEvent"];
export type Task = Schemas["Task"];
export type DeletedTask = Schemas["DeletedTask"];

export function apiOf(keyturn: Pick<Keyturn, "fetch">): Api {
  return createClient<paths>({ baseUrl: globalThis.location.origin, fetch: (request) => keyturn.fetch(request) });
}

interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** What was answered; `undefined` where an answer has no body. Throws a `KeyturnError` where the server did not do it. */
export async function answered<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await asked;
  if (!response.ok) throw refusalOf(error, response);
  return data as Data;
}

/** The permission that opens the administration. */
export const ADMIN = "admin";

/** Every state an account may be in, in the order of its life. */
export const ACCOUNT_STATES: readonly AccountState[] = ["pending", "active", "inactive", "suspended"];
