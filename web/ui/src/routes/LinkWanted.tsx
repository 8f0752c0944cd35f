/**
 * Have a link mailed: to set a new password, or to activate an account. What is answered is the same for every address.
 */
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { answered } from "../api/api.ts";
import { Card } from "../components/Card/Card.tsx";
import { EmptyState } from "../components/EmptyState/EmptyState.tsx";
import { Field } from "../components/Field/Field.tsx";
import { Form } from "../components/Form/Form.tsx";
import { PageHead } from "../components/PageHead/PageHead.tsx";
import { useSubmission } from "../submission.ts";
import { useSurroundings } from "../surroundings.tsx";

export function Forgot(): ReactNode {
  const { t, api } = useSurroundings();
  const ask = async (email: string): Promise<void> => {
    await answered(api.POST("/auth/password/forgot", { body: { email } }));
  };
  return <LinkWanted title={t("forgot_title")} lead={t("forgot_lead")} ask={ask} />;
}

export function Resend(): ReactNode {
  const { t, api } = useSurroundings();
  const ask = async (email: string): Promise<void> => {
    await answered(api.POST("/auth/activate/resend", { body: { email } }));
  };
  return <LinkWanted title={t("resend_title")} lead={t("resend_lead")} ask={ask} />;
}

interface Props {
  readonly title: string;
  readonly lead: string;
  readonly ask: (email: string) => Promise<void>;
}

function LinkWanted({ title, lead, ask }: Props): ReactNode {
  const { t } = useSurroundings();
  const [sent, setSent] = useState(false);
  const submission = useSubmission(async (typed) => {
    await ask(typed("email").trim());
    setSent(true);
  });
  return (
    <>
      {!sent && <PageHead title={title} lead={lead} />}
      <Card>
        {sent ? (
          <div role="status">
            <EmptyState icon="mail" title={t("sent_title")}>
              <p>{t("sent_text")}</p>
            </EmptyState>
          </div>
        ) : (
          <Form submission={submission} submit={t("send_link")}>
            <Field name="email" label={t("email")} error={submission.wrong("email")} type="email" autoComplete="email" required />
          </Form>
        )}
      </Card>
      <p className="beside">
        <Link to="/signin">{t("to_sign_in")}</Link>
      </p>
    </>
  );
}
