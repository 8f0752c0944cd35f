/**
 * Create an account, and be signed in with it; or where accounts are activated first, be told so.
 */
import { Link, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { Card } from "../components/Card/Card.tsx";
import { EmptyState } from "../components/EmptyState/EmptyState.tsx";
import { Field } from "../components/Field/Field.tsx";
import { Form } from "../components/Form/Form.tsx";
import { Notice } from "../components/Notice/Notice.tsx";
import { PageHead } from "../components/PageHead/PageHead.tsx";
import { PasswordField } from "../components/PasswordField/PasswordField.tsx";
import { useArrival } from "../shell/arrival.ts";
import { useSubmission } from "../submission.ts";
import { useSurroundings } from "../surroundings.tsx";

export function SignUp(): ReactNode {
  const { t, settings, keyturn } = useSurroundings();
  const { return_to } = useSearch({ from: "/entrance/signup" });
  const arrive = useArrival();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [waits, setWaits] = useState(false);
  const submission = useSubmission(async (typed) => {
    const given = typed("name").trim();
    const form = { email: typed("email").trim(), password: typed("password"), ...(given ? { name: given } : {}) };
    const { isPending } = await keyturn.signUp(form);
    if (isPending) setWaits(true);
    else await arrive(return_to);
  });
  if (waits) return <Waiting byMail={settings.offers.activates} />;
  if (!settings.offers.sign_up) {
    return (
      <>
        <PageHead title={t("sign_up_title")} />
        <Card>
          <Notice>{t("sign_up_closed")}</Notice>
        </Card>
      </>
    );
  }
  return (
    <>
      <PageHead title={t("sign_up_title")} lead={t("sign_up_lead")} />
      <Card>
        <Form submission={submission} submit={t("sign_up_submit")}>
          <Field
            name="email"
            label={t("email")}
            error={submission.wrong("email")}
            type="email"
            autoComplete="email"
            required
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Field
            name="name"
            label={t("name")}
            hint={t("name_hint")}
            error={submission.wrong("name")}
            autoComplete="name"
            optional
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordField
            name="password"
            label={t("new_password")}
            error={submission.wrong("password")}
            autoComplete="new-password"
            known={[email, name, settings.name]}
          />
        </Form>
      </Card>
      <p className="beside">
        {t("have_account")}{" "}
        <Link to="/signin" search={return_to ? { return_to } : {}}>
          {t("to_sign_in")}
        </Link>
      </p>
    </>
  );
}

function Waiting({ byMail }: { readonly byMail: boolean }): ReactNode {
  const { t } = useSurroundings();
  return (
    <Card>
      <EmptyState icon={byMail ? "mail" : "clock"} title={t("pending_title")}>
        <p>{byMail ? t("pending_mail_text") : t("pending_text")}</p>
      </EmptyState>
    </Card>
  );
}
