/**
 * What the pages ask the server for, by name: one place says what is fetched, and what a change makes stale.
 */
import {
  infiniteQueryOptions,
  type QueryKey,
  queryOptions,
  useMutation,
  type UseMutationResult,
  useQueryClient,
} from "@tanstack/react-query";

import { type AccountState, type Api, answered } from "./api.ts";

/** How many rows a page of a list has. */
const PAGE = 25;
/** How many sessions of one's own are shown at first. */
const OWN_SESSIONS = 50;

/** How a list that grows goes on: from the start, and by the cursor that the last page gave. */
export const PAGED = { initialPageParam: "", getNextPageParam: (last: { readonly next: string | null }) => last.next ?? undefined };

export const accountQuery = (api: Api) => queryOptions({ queryKey: ["account"], queryFn: () => answered(api.GET("/auth/account")) });

export const sessionsQuery = (api: Api, state: Listed) =>
  infiniteQueryOptions({
    queryKey: ["sessions", state],
    queryFn: ({ pageParam: cursor }) =>
      answered(api.GET("/auth/sessions", { params: { query: { ...given({ state, cursor }), limit: OWN_SESSIONS } } })),
    ...PAGED,
  });

/** Sessions that live, or those that are over among them. */
export type Listed = "live" | "all";

export interface UsersAsked {
  readonly q?: string | undefined;
  readonly state?: AccountState | undefined;
  readonly cursor?: string | undefined;
}

export const usersQuery = (api: Api, asked: UsersAsked) =>
  queryOptions({
    queryKey: ["users", "list", asked],
    queryFn: () => answered(api.GET("/admin/users", { params: { query: { ...given(asked), limit: PAGE } } })),
  });

export const userQuery = (api: Api, id: string) =>
  queryOptions({
    queryKey: ["users", "one", id],
    queryFn: () => answered(api.GET("/admin/users/{id}", { params: { path: { id } } })),
  });

export interface SessionsAsked {
  readonly user?: string | undefined;
  readonly state?: Listed | undefined;
  readonly cursor?: string | undefined;
}

export const allSessionsQuery = (api: Api, asked: SessionsAsked) =>
  queryOptions({
    queryKey: ["all-sessions", asked],
    queryFn: () => answered(api.GET("/admin/sessions", { params: { query: { ...given(asked), limit: PAGE } } })),
  });

export const storyQuery = (api: Api, id: string) =>
  queryOptions({
    queryKey: ["all-sessions", "one", id],
    queryFn: () => answered(api.GET("/admin/sessions/{id}", { params: { path: { id } } })),
  });

export interface AuditAsked {
  readonly user?: string | undefined;
  readonly session?: string | undefined;
  readonly cursor?: number | undefined;
}

export const auditQuery = (api: Api, asked: AuditAsked) =>
  queryOptions({
    queryKey: ["audit", asked],
    queryFn: () => answered(api.GET("/admin/audit", { params: { query: { ...given(asked), limit: PAGE } } })),
  });

/** A change on the server, after which what these keys name is asked for again. */
export function useChange<Input, Output>(
  change: (input: Input) => Promise<Output>,
  stale: readonly QueryKey[],
): UseMutationResult<Output, Error, Input> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => Promise.all(stale.map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

/** Without what is undefined or empty, which no query may carry. */
export function given<Asked extends object>(asked: Asked): { [Name in keyof Asked]: Exclude<Asked[Name], undefined> } {
  const entries = Object.entries(asked).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(entries) as { [Name in keyof Asked]: Exclude<Asked[Name], undefined> };
}
