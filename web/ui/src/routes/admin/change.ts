/**
 * What an administrator does to an account from more than one place.
 */
import type { UseMutationResult } from "@tanstack/react-query";

import { type AdminUser, type Api, answered, type UserChanges } from "../../api/api.ts";
import { useChange } from "../../api/queries.ts";
import { useSurroundings } from "../../surroundings.tsx";

/** A change of what is kept about it, after which what is shown of it is asked for again. */
export function useUserChange(user: AdminUser): UseMutationResult<AdminUser, Error, UserChanges> {
  const { api } = useSurroundings();
  return useChange(
    (body: UserChanges) => answered(api.PATCH("/admin/users/{id}", { params: { path: { id: user.account_id } }, body })),
    [["users"], ["audit"]],
  );
}

/** Has a link mailed by which the account's owner chooses a password. */
export const mailLink = (api: Api, { account_id: id }: AdminUser): Promise<unknown> =>
  answered(api.POST("/admin/users/{id}/reset", { params: { path: { id } } }));
