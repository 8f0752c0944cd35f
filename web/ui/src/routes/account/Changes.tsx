/**
 * What a person changes about their account: name and username, email, password. What lets somebody in takes the current password.
 */
import type { Account } from "@keyturn/client";
import { accountOf } from "@keyturn/client/account";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { answered } from "../../api/api.ts";
import { Card } from "../../components/Card/Card.tsx";
import { Field } from "../../components/Field/Field.tsx";
import { Form } from "../../components/Form/Form.tsx";
import { PasswordField } from "../../components/PasswordField/PasswordField.tsx";
import { useToasts } from "../../components/Toast/Toast.tsx";
import { useSubmission } from "../../submission.ts";
import { useSurroundings } from "../../surroundings.tsx";

interface Props {
  readonly account: Account;
}

export function ProfileCard({ account }: Props): ReactNode {
  const { t, keyturn } = useSurroundings();
  const queries = useQueryClient();
  const { say } = useToasts();
  const [username, setUsername] = useState(account.username ?? "");
  const renames = username.trim() !== (account.username ?? "");
  const submission = useSubmission(async (typed) => {
    const name = typed("name").trim() || null;
    const changed = renames ? { username: username.trim() || null, current_password: typed("current_password") } : {};
    await accountOf(keyturn).change({ name, ...changed });
    await queries.invalidateQueries({ queryKey: ["account"] });
    say({ words: t("profile_done") });
  });
  return (
    <Card title={t("profile_card")}>
      <Form submission={submission} submit={t("save")}>
        <Field
          name="name"
          label={t("name")}
          hint={t("name_hint")}
          error={submission.wrong("name")}
          defaultValue={account.name ?? ""}
          autoComplete="name"
          optional
        />
        <Field
          name="username"
          label={t("username")}
          hint={t("username_hint")}
          error={submission.wrong("username")}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          optional
        />
        {renames && (
          <PasswordField
            name="current_password"
            label={t("current_password")}
            error={submission.wrong("current_password")}
            autoComplete="current-password"
          />
        )}
      </Form>
    </Card>
  );
}

export function EmailCard({ account }: Props): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const submission = useSubmission(async (typed, form) => {
    const body = { email: typed("email").trim(), current_password: typed("current_password") };
    await answered(api.POST("/auth/account/email", { body }));
    form.reset();
    say({ words: t("email_asked") });
  });
  const now = account.email ? t("email_now", { email: account.email }) : t("email_none");
  return (
    <Card title={t("email_card")} lead={`${now} ${t("email_lead")}`}>
      <Form submission={submission} submit={t("change_email")}>
        <Field name="email" label={t("chosen_email")} error={submission.wrong("email")} type="email" autoComplete="email" required />
        <PasswordField
          name="current_password"
          label={t("current_password")}
          error={submission.wrong("current_password")}
          autoComplete="current-password"
        />
      </Form>
    </Card>
  );
}

export function PasswordCard({ account }: Props): ReactNode {
  const { t, settings, keyturn } = useSurroundings();
  const queries = useQueryClient();
  const { say } = useToasts();
  const [changes, setChanges] = useState(0);
  const submission = useSubmission(async (typed) => {
    await accountOf(keyturn).changePassword(typed("current_password"), typed("new_password"));
    await queries.invalidateQueries({ queryKey: ["sessions"] });
    setChanges(changes + 1);
    say({ words: t("password_done") });
  });
  const known = [account.email, account.username, account.name, settings.name].filter((text) => text !== null);
  return (
    <Card title={t("change_password")} lead={t("password_lead")}>
      <Form key={changes} submission={submission} submit={t("change_password")}>
        <PasswordField
          name="current_password"
          label={t("current_password")}
          error={submission.wrong("current_password")}
          autoComplete="current-password"
        />
        <PasswordField
          name="new_password"
          label={t("chosen_password")}
          error={submission.wrong("new_password")}
          autoComplete="new-password"
          known={known}
        />
      </Form>
    </Card>
  );
}
