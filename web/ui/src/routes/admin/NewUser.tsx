/**
 * Create an account for somebody. Nobody is signed in by it.
 *
 * The rule: where mail is sent, the person chooses the password by a link, so that nobody else knows it.
 */
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { type AdminUser, answered, type NewUser as Wanted } from "../../api/api.ts";
import { useChange } from "../../api/queries.ts";
import { Card } from "../../components/Card/Card.tsx";
import { Checkbox } from "../../components/Checkbox/Checkbox.tsx";
import { Field } from "../../components/Field/Field.tsx";
import { Form } from "../../components/Form/Form.tsx";
import { PageHead } from "../../components/PageHead/PageHead.tsx";
import { PasswordField } from "../../components/PasswordField/PasswordField.tsx";
import { useToasts } from "../../components/Toast/Toast.tsx";
import { nameOf } from "../../names.ts";
import { type Typed, useSubmission } from "../../submission.ts";
import { useSurroundings } from "../../surroundings.tsx";
import { mailLink } from "./change.ts";
import { NameFields } from "./NameFields.tsx";

export function NewUser(): ReactNode {
  const { t, api, settings } = useSurroundings();
  const navigate = useNavigate();
  const { say } = useToasts();
  const [invites, setInvites] = useState(settings.offers.mails);
  const create = useChange((body: Wanted) => answered(api.POST("/admin/users", { body })), [["users"], ["audit"]]);
  const submission = useSubmission(async (typed) => {
    const user = await create.mutateAsync(wanted(typed));
    const invited = invites && (await isMailed(user));
    const said = invited ? "new_user_invited" : invites ? "new_user_not_invited" : "new_user_done";
    say({ words: t(said, { name: nameOf(user) }) });
    await navigate({ to: "/admin/users/$id", params: { id: user.account_id } });
  });
  // The account is there, whatever became of the letter.
  const isMailed = (user: AdminUser): Promise<boolean> =>
    mailLink(api, user).then(
      () => true,
      () => false,
    );
  return (
    <>
      <p className="up">
        <Link to="/admin/users" search={{}}>
          {t("users_title")}
        </Link>
      </p>
      <PageHead title={t("new_user_title")} lead={t("new_user_lead")} />
      <Card>
        <Form submission={submission} submit={t("new_user_submit")}>
          <NameFields submission={submission} />
          <Field
            name="permissions"
            label={t("user_permissions")}
            hint={t("permissions_hint")}
            error={submission.wrong("permissions")}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            optional
          />
          {settings.offers.mails && (
            <Checkbox
              name="invite"
              label={t("new_user_invite")}
              hint={t("new_user_invite_hint")}
              checked={invites}
              onChange={(event) => setInvites(event.currentTarget.checked)}
            />
          )}
          {!invites && (
            <PasswordField
              name="password"
              label={t("password")}
              error={submission.wrong("password")}
              autoComplete="new-password"
              known={[settings.name]}
            />
          )}
        </Form>
      </Card>
    </>
  );
}

function wanted(typed: Typed): Wanted {
  const given = (field: string): Record<string, string> => {
    const text = typed(field).trim();
    return text ? { [field]: text } : {};
  };
  const permissions = typed("permissions")
    .split(/[\s,]+/)
    .filter((name) => name !== "");
  const password = typed("password") ? { password: typed("password") } : {};
  return { ...given("email"), ...given("username"), ...given("name"), ...password, permissions };
}
