/**
 * How an account gets another password: its owner chooses one by a mailed link, or an administrator sets one and tells it.
 */
import { type ReactNode, useState } from "react";

import { type AdminUser, answered } from "../../api/api.ts";
import { useChange } from "../../api/queries.ts";
import { Button } from "../../components/Button/Button.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { Confirming } from "../../components/Confirming/Confirming.tsx";
import { Dialog } from "../../components/Dialog/Dialog.tsx";
import { Form } from "../../components/Form/Form.tsx";
import { PasswordField } from "../../components/PasswordField/PasswordField.tsx";
import { useToasts } from "../../components/Toast/Toast.tsx";
import { nameOf } from "../../names.ts";
import { useSubmission } from "../../submission.ts";
import { useSurroundings } from "../../surroundings.tsx";
import { mailLink } from "./change.ts";

interface Props {
  readonly user: AdminUser;
}

export function PasswordCard({ user }: Props): ReactNode {
  const { t, settings } = useSurroundings();
  const [asking, setAsking] = useState<"mail" | "set">();
  const close = (): void => setAsking(undefined);
  return (
    <Card title={t("password")} lead={t("user_password_lead")}>
      <div className="actions">
        {settings.offers.mails && user.email && (
          <Button icon="mail" onClick={() => setAsking("mail")}>
            {t("user_mail_link")}
          </Button>
        )}
        <Button icon="key" onClick={() => setAsking("set")}>
          {t("user_set_password")}
        </Button>
      </div>
      {asking === "mail" && <MailLink user={user} onClose={close} />}
      {asking === "set" && <SetPassword user={user} onClose={close} />}
    </Card>
  );
}

function MailLink({ user, onClose }: Props & { readonly onClose: () => void }): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const email = user.email ?? "";
  const mail = useChange(() => mailLink(api, user), [["audit"]]);
  return (
    <Confirming
      title={t("user_mail_link_title")}
      text={t("user_mail_link_text", { email })}
      submit={t("send_link")}
      look="primary"
      onClose={onClose}
      onConfirm={async () => {
        await mail.mutateAsync(undefined);
        say({ words: t("user_link_mailed", { email }) });
      }}
    />
  );
}

function SetPassword({ user, onClose }: Props & { readonly onClose: () => void }): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const set = useChange(
    (password: string) =>
      answered(api.POST("/admin/users/{id}/password", { params: { path: { id: user.account_id } }, body: { password } })),
    [["all-sessions"], ["audit"]],
  );
  const submission = useSubmission(async (typed) => {
    await set.mutateAsync(typed("password"));
    say({ words: t("user_password_set", { name: nameOf(user) }) });
    onClose();
  });
  const known = [user.email, user.username, user.name].filter((text) => text !== null);
  return (
    <Dialog title={t("user_set_password")} onClose={onClose}>
      <p>{t("user_set_password_text", { name: nameOf(user) })}</p>
      <Form submission={submission} submit={t("reset_submit")} look="danger" beside={<Button onClick={onClose}>{t("cancel")}</Button>}>
        <PasswordField
          name="password"
          label={t("chosen_password")}
          error={submission.wrong("password")}
          autoComplete="new-password"
          known={known}
        />
      </Form>
    </Dialog>
  );
}
