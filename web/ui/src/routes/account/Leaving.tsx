/**
 * What is kept about a person, to take along; and two ways to leave, of which one can be undone.
 */
import type { Account } from "@keyturn/client";
import { accountOf } from "@keyturn/client/account";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { answered } from "../../api/api.ts";
import { Button } from "../../components/Button/Button.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { Confirming } from "../../components/Confirming/Confirming.tsx";
import { Details } from "../../components/Details/Details.tsx";
import { Form } from "../../components/Form/Form.tsx";
import { Time } from "../../components/Time/Time.tsx";
import { type Typed, useSubmission } from "../../submission.ts";
import { useSurroundings } from "../../surroundings.tsx";

export function DataCard({ account }: { readonly account: Account }): ReactNode {
  const { t, api } = useSurroundings();
  const submission = useSubmission(async () => {
    const everything = await answered(api.GET("/auth/account/export"));
    download("account.json", JSON.stringify(everything, null, 2));
  });
  const facts: [string, ReactNode][] = [
    [t("email"), account.email ?? t("none")],
    [t("account_since"), <Time key="since" at={account.created_at} exact />],
    [t("user_id"), <code key="id">{account.id}</code>],
  ];
  return (
    <Card title={t("your_data")} lead={t("export_lead")}>
      <Details facts={facts} />
      <Form submission={submission} submit={t("export_link")} look="second">
        {null}
      </Form>
    </Card>
  );
}

export function LeaveCard(): ReactNode {
  const { t, keyturn } = useSurroundings();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"deactivate" | "delete">();
  const close = (): void => setAsking(undefined);
  const leave = async (done: "deactivated" | "deleted"): Promise<void> => {
    // The way out first: once the session is gone, the page around this shows nobody's.
    await navigate({ to: "/goodbye", search: { done } });
    await keyturn.signOut().catch(() => undefined);
    queries.clear();
  };
  const deactivate = async (typed: Typed): Promise<void> => {
    await accountOf(keyturn).deactivate(typed("current_password"));
    await leave("deactivated");
  };
  const remove = async (typed: Typed): Promise<void> => {
    await accountOf(keyturn).delete(typed("current_password"));
    await leave("deleted");
  };
  return (
    <Card title={t("leave_card")} look="danger" lead={t("leave_text")}>
      <div className="actions">
        <Button onClick={() => setAsking("deactivate")}>{t("deactivate_title")}</Button>
        <Button look="danger" icon="trash" onClick={() => setAsking("delete")}>
          {t("delete_title")}
        </Button>
      </div>
      {asking === "deactivate" && (
        <Confirming
          title={t("deactivate_title")}
          text={t("deactivate_text")}
          submit={t("deactivate")}
          asksPassword
          onConfirm={deactivate}
          onClose={close}
        />
      )}
      {asking === "delete" && (
        <Confirming
          title={t("delete_title")}
          text={t("delete_text")}
          submit={t("delete_submit")}
          asksPassword
          onConfirm={remove}
          onClose={close}
        />
      )}
    </Card>
  );
}

function download(name: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
