/**
 * What state an account is in, what that means, and the states it can be brought into, each with a reason for the audit log.
 */
import { type ReactNode, useState } from "react";

import { type AccountState, type AdminUser, answered } from "../../api/api.ts";
import { useChange } from "../../api/queries.ts";
import { Button } from "../../components/Button/Button.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { Confirming } from "../../components/Confirming/Confirming.tsx";
import { Field } from "../../components/Field/Field.tsx";
import { useToasts } from "../../components/Toast/Toast.tsx";
import { nameOf } from "../../names.ts";
import { useSurroundings } from "../../surroundings.tsx";

/** What an administrator may make of an account (`AccountState::transition` in `crates/core/src/model/account.rs`). */
const NEXT: Readonly<Record<AccountState, readonly Exclude<AccountState, "pending">[]>> = {
  pending: ["active", "suspended"],
  active: ["inactive", "suspended"],
  inactive: ["active", "suspended"],
  suspended: ["active", "inactive"],
};

export function StateCard({ user }: { readonly user: AdminUser }): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const [to, setTo] = useState<Exclude<AccountState, "pending">>();
  const change = useChange(
    (body: { state: AccountState; reason: string }) =>
      answered(api.POST("/admin/users/{id}/state", { params: { path: { id: user.account_id } }, body })),
    [["users"], ["all-sessions"], ["audit"]],
  );
  return (
    <Card title={t("state_card")} lead={t(`state_explained_${user.state}`)}>
      <div className="actions">
        {NEXT[user.state].map((state) => (
          <Button key={state} look={state === "suspended" ? "danger" : "second"} onClick={() => setTo(state)}>
            {t(`state_to_${state}`)}
          </Button>
        ))}
      </div>
      {to && (
        <Confirming
          title={t(`state_to_${to}`)}
          text={t(`state_confirm_${to}`, { name: nameOf(user) })}
          submit={t(`state_to_${to}`)}
          look={to === "active" ? "primary" : "danger"}
          onClose={() => setTo(undefined)}
          onConfirm={async (typed) => {
            await change.mutateAsync({ state: to, reason: typed("reason").trim() });
            say({ words: t("state_done", { state: t(`state_${to}`) }) });
          }}
        >
          <Field name="reason" label={t("state_reason")} hint={t("state_reason_hint")} error={undefined} maxLength={200} required />
        </Confirming>
      )}
    </Card>
  );
}
