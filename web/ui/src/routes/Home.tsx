/**
 * The start: for most people their tasks, and their account where there are none; and the end, after an account was left.
 */
import { Link, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { Card } from "../components/Card/Card.tsx";
import { EmptyState } from "../components/EmptyState/EmptyState.tsx";
import { Redirect } from "../shell/Redirect.tsx";
import { useSurroundings } from "../surroundings.tsx";

export function Home(): ReactNode {
  const { settings } = useSurroundings();
  return <Redirect to={settings.offers.tasks ? "/tasks" : "/account"} />;
}

export function AfterSignOut(): ReactNode {
  const { t } = useSurroundings();
  const { done } = useSearch({ from: "/entrance/goodbye" });
  return (
    <Card>
      <EmptyState icon="leave" title={done === "deleted" ? t("delete_done") : t("deactivate_done")}>
        <Link to="/signin" search={{}}>
          {t("to_sign_in")}
        </Link>
      </EmptyState>
    </Card>
  );
}
