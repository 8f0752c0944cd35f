/**
 * The start, which is a person's account; and the end, after an account was left.
 */
import { Link, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { Card } from "../components/Card/Card.tsx";
import { EmptyState } from "../components/EmptyState/EmptyState.tsx";
import { Redirect } from "../shell/Redirect.tsx";
import { useSurroundings } from "../surroundings.tsx";

export function Home(): ReactNode {
  return <Redirect to="/account" />;
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
