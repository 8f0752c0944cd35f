/**
 * Sign in: why the last session ended, name and password, and the way back to where the person came from.
 *
 * The rule: who is signed in already is shown so and goes on by a link, not by itself: an application that does not believe the session
 * would send them back here for ever.
 */
import { useSession } from "@keyturn/react";
import { Link, useSearch } from "@tanstack/react-router";
import { type ReactNode, useRef } from "react";

import { Card } from "../components/Card/Card.tsx";
import { Checkbox } from "../components/Checkbox/Checkbox.tsx";
import { Field } from "../components/Field/Field.tsx";
import { Form } from "../components/Form/Form.tsx";
import { Notice } from "../components/Notice/Notice.tsx";
import { PageHead } from "../components/PageHead/PageHead.tsx";
import { PasswordField } from "../components/PasswordField/PasswordField.tsx";
import { useArrival } from "../shell/arrival.ts";
import { useSubmission } from "../submission.ts";
import { useSurroundings } from "../surroundings.tsx";

export function SignIn(): ReactNode {
  const { t, settings, keyturn } = useSurroundings();
  const search = useSearch({ from: "/entrance/signin" });
  const { status, user, reason } = useSession();
  const arrive = useArrival();
  const sent = useRef(false);
  const submission = useSubmission(async (typed) => {
    sent.current = true;
    const form = { identifier: typed("identifier").trim(), password: typed("password"), remember: typed("remember") !== "" };
    await keyturn.signIn(form);
    await arrive(search.return_to);
  });
  if (status === "authenticated" && user && !sent.current) {
    return <AlreadyIn name={user.username ?? user.email ?? user.id} returnTo={search.return_to} />;
  }
  const why = search.reason ?? reason;
  const { offers } = settings;
  return (
    <>
      <PageHead title={t("sign_in_title")} lead={t("sign_in_lead")} />
      <Card>
        {search.done && <Notice kind="good">{t(`${search.done}_done`)}</Notice>}
        {why && !search.done && <Notice kind="warning">{t.forCode("reason", why)}</Notice>}
        <Form submission={submission} submit={t("sign_in_submit")}>
          <Field
            name="identifier"
            label={t("identifier")}
            error={submission.wrong("identifier")}
            autoComplete="username"
            autoCapitalize="none"
            inputMode="email"
            spellCheck={false}
            required
          />
          <PasswordField name="password" label={t("password")} error={submission.wrong("password")} autoComplete="current-password" />
          {offers.remember && <Checkbox name="remember" label={t("remember")} hint={t("remember_hint")} />}
        </Form>
      </Card>
      {offers.mails && (
        <p className="beside">
          <Link to="/forgot">{t("forgot")}</Link>
        </p>
      )}
      {offers.sign_up && (
        <p className="beside">
          {t("no_account")}{" "}
          <Link to="/signup" search={search.return_to ? { return_to: search.return_to } : {}}>
            {t("to_sign_up")}
          </Link>
        </p>
      )}
    </>
  );
}

function AlreadyIn({ name, returnTo }: { readonly name: string; readonly returnTo: string | undefined }): ReactNode {
  const { t, keyturn } = useSurroundings();
  const arrive = useArrival();
  const going = useSubmission(() => arrive(returnTo));
  return (
    <>
      <PageHead title={t("signed_in_title")} />
      <Card>
        <p>{t("signed_in_as", { name })}</p>
        <Form submission={going} submit={t("continue")}>
          {null}
        </Form>
      </Card>
      <p className="beside">
        <button type="button" className="link" onClick={() => void keyturn.signOut()}>
          {t("other_account")}
        </button>
      </p>
    </>
  );
}
