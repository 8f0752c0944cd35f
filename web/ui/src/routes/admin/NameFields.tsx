/**
 * What an account is called, in a form for administrators.
 */
import type { ReactNode } from "react";

import type { AdminUser } from "../../api/api.ts";
import { Field } from "../../components/Field/Field.tsx";
import type { Submission } from "../../submission.ts";
import { useTexts } from "../../surroundings.tsx";

interface Props {
  readonly submission: Submission;
  /** Whose names stand there at first. */
  readonly user?: AdminUser;
}

export function NameFields({ submission, user }: Props): ReactNode {
  const t = useTexts();
  return (
    <>
      <Field
        name="email"
        label={t("email")}
        hint={t("user_email_hint")}
        error={submission.wrong("email")}
        type="email"
        defaultValue={user?.email ?? ""}
        autoComplete="off"
      />
      <Field name="name" label={t("name")} error={submission.wrong("name")} defaultValue={user?.name ?? ""} autoComplete="off" optional />
      <Field
        name="username"
        label={t("username")}
        hint={t("username_hint")}
        error={submission.wrong("username")}
        defaultValue={user?.username ?? ""}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        optional
      />
    </>
  );
}
