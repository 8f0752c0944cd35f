/**
 * Delete somebody's account, after a question that names whose, and what goes with it.
 */
import { useSession } from "@keyturn/react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { type AdminUser, answered } from "../../api/api.ts";
import { useChange } from "../../api/queries.ts";
import { Button } from "../../components/Button/Button.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { Confirming } from "../../components/Confirming/Confirming.tsx";
import { useToasts } from "../../components/Toast/Toast.tsx";
import { nameOf } from "../../names.ts";
import { useSurroundings } from "../../surroundings.tsx";

export function DeleteCard({ user }: { readonly user: AdminUser }): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isOwn = useSession().user?.id === user.id;
  const [asking, setAsking] = useState(false);
  const name = nameOf(user);
  const remove = useChange(
    () => answered(api.DELETE("/admin/users/{id}", { params: { path: { id: user.account_id } } })),
    [["users", "list"], ["all-sessions"], ["audit"]],
  );
  return (
    <Card title={t("user_delete_card")} lead={t("user_delete_lead")} look="danger">
      <div className="actions">
        <Button look="danger" icon="trash" onClick={() => setAsking(true)}>
          {t("user_delete")}
        </Button>
      </div>
      {asking && (
        <Confirming
          title={t("user_delete_title", { name })}
          text={t("user_delete_text", { name })}
          submit={t("delete_submit")}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            const { ended } = await remove.mutateAsync(undefined);
            say({ words: `${t("user_deleted", { name })} ${t.counted("user_sessions_ended", ended)}` });
            await navigate({ to: "/admin/users", search: {}, replace: true });
            queries.removeQueries({ queryKey: ["users", "one"] });
          }}
        >
          {isOwn && <p>{t("user_delete_own")}</p>}
        </Confirming>
      )}
    </Card>
  );
}
