/**
 * Whose something is: the account's name, once it is known; its id until then, and where there is no such account any more.
 *
 * The caveat: each account is asked for by itself, once a minute at most.
 */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { userQuery } from "../../api/queries.ts";
import { nameOf } from "../../names.ts";
import { useSurroundings } from "../../surroundings.tsx";

const MINUTE = 60_000;

export function Whose({ id }: { readonly id: string }): ReactNode {
  const { api } = useSurroundings();
  const { data } = useQuery({ ...userQuery(api, id), staleTime: MINUTE });
  return data ? nameOf(data) : id;
}
