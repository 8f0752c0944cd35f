/**
 * What state an account is in.
 */
import type { ReactNode } from "react";

import type { AccountState } from "../../api/api.ts";
import { useTexts } from "../../surroundings.tsx";
import { Badge } from "../Badge/Badge.tsx";

const LOOKS = { active: "good", pending: "warning", inactive: "plain", suspended: "bad" } as const;

export function StateBadge({ state }: { readonly state: AccountState }): ReactNode {
  const t = useTexts();
  return <Badge look={LOOKS[state]}>{t(`state_${state}`)}</Badge>;
}
