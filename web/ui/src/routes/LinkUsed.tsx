/**
 * Use a mailed link: to set a new password, or to activate an account. Opening it changes nothing; sending the form does.
 */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { answered } from "../api/api.ts";
import { Card } from "../components/Card/Card.tsx";
import { Form } from "../components/Form/Form.tsx";
import { PageHead } from "../components/PageHead/PageHead.tsx";
import { PasswordField } from "../components/PasswordField/PasswordField.tsx";
import { useSubmission } from "../submission.ts";
import { useSurroundings } from "../surroundings.tsx";

export function Reset(): ReactNode {
  const { t, api, settings } = useSurroundings();
  const { token = "" } = useSearch({ from: "/entrance/reset" });
  const navigate = useNavigate();
  const submission = useSubmission(async (typed) => {
    await answered(api.POST("/auth/password/reset", { body: { token, password: typed("password") } }));
    await navigate({ to: "/signin", search: { done: "reset" } });
  });
  return (
    <>
      <PageHead title={t("reset_title")} lead={t("reset_lead")} />
      <Card>
        <Form submission={submission} submit={t("reset_submit")}>
          <PasswordField
            name="password"
            label={t("chosen_password")}
            error={submission.wrong("password")}
            autoComplete="new-password"
            known={[settings.name]}
          />
        </Form>
      </Card>
      {submission.refusal?.code === "link-invalid" && (
        <p className="beside">
          <Link to="/forgot">{t("another_link")}</Link>
        </p>
      )}
    </>
  );
}

export function Activate(): ReactNode {
  const { t, api } = useSurroundings();
  const { token = "" } = useSearch({ from: "/entrance/activate" });
  const navigate = useNavigate();
  const submission = useSubmission(async (typed) => {
    await answered(api.POST("/auth/activate", { body: { token, password: typed("password") } }));
    await navigate({ to: "/signin", search: { done: "activated" } });
  });
  return (
    <>
      <PageHead title={t("activate_title")} lead={t("activate_lead")} />
      <Card>
        <Form submission={submission} submit={t("activate_submit")}>
          <PasswordField name="password" label={t("password")} error={submission.wrong("password")} autoComplete="current-password" />
          <p>{t("activate_hint")}</p>
        </Form>
      </Card>
      {submission.refusal?.code === "link-invalid" && (
        <p className="beside">
          <Link to="/activate/resend">{t("another_link")}</Link>
        </p>
      )}
    </>
  );
}
