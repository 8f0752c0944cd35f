/**
 * A change of an account by an administrator, after which what is shown of it is asked for again.
 */
import type { UseMutationResult } from "@tanstack/react-query";

import { type AdminUser, answered, type UserChanges } from "../../api/api.ts";
import { useChange } from "../../api/queries.ts";
import { useSurroundings } from "../../surroundings.tsx";

export function useUserChange(user: AdminUser): UseMutationResult<AdminUser, Error, UserChanges> {
  const { api } = useSurroundings();
  return useChange(
    (body: UserChanges) => answered(api.PATCH("/admin/users/{id}", { params: { path: { id: user.account_id } }, body })),
    [["users"], ["audit"]],
  );
}
