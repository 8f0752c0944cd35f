/**
 * What is known about an account, and a way to change what it is called.
 */
import { type ReactNode, useState } from "react";

import type { AdminUser } from "../../api/api.ts";
import { Button } from "../../components/Button/Button.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { Details } from "../../components/Details/Details.tsx";
import { Dialog } from "../../components/Dialog/Dialog.tsx";
import { Form } from "../../components/Form/Form.tsx";
import { Time } from "../../components/Time/Time.tsx";
import { useToasts } from "../../components/Toast/Toast.tsx";
import { useSubmission } from "../../submission.ts";
import { useSurroundings } from "../../surroundings.tsx";
import { useUserChange } from "./change.ts";
import { NameFields } from "./NameFields.tsx";

export function Known({ user }: { readonly user: AdminUser }): ReactNode {
  const { t } = useSurroundings();
  const [editing, setEditing] = useState(false);
  const facts: [string, ReactNode][] = [
    [t("email"), user.email ?? t("none")],
    [t("name"), user.name ?? t("none")],
    [t("username"), user.username ?? t("none")],
    [t("user_created"), <Time key="created" at={user.created_at} exact />],
    [t("user_last_login"), user.last_login ? <Time key="login" at={user.last_login} exact /> : t("user_never")],
    [t("user_id"), <code key="id">{user.id}</code>],
  ];
  return (
    <Card title={t("user_details")}>
      <Details facts={facts} />
      <div className="actions">
        <Button icon="edit" onClick={() => setEditing(true)}>
          {t("user_edit")}
        </Button>
      </div>
      {editing && <Edit user={user} onClose={() => setEditing(false)} />}
    </Card>
  );
}

/** Sends what differs alone, so that nobody else's change of another field is undone. */
function Edit({ user, onClose }: { readonly user: AdminUser; readonly onClose: () => void }): ReactNode {
  const { t } = useSurroundings();
  const { say } = useToasts();
  const change = useUserChange(user);
  const submission = useSubmission(async (typed) => {
    const names = (["email", "name", "username"] as const).map((field) => [field, typed(field).trim() || null] as const);
    await change.mutateAsync(Object.fromEntries(names.filter(([field, text]) => text !== user[field])));
    say({ words: t("user_saved") });
    onClose();
  });
  return (
    <Dialog title={t("user_edit_title")} onClose={onClose}>
      <Form submission={submission} submit={t("save")} beside={<Button onClick={onClose}>{t("cancel")}</Button>}>
        <NameFields submission={submission} user={user} />
      </Form>
    </Dialog>
  );
}
