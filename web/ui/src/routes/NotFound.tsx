/**
 * An address that no page has.
 */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { EmptyState } from "../components/EmptyState/EmptyState.tsx";
import { PageHead } from "../components/PageHead/PageHead.tsx";
import { useTexts } from "../surroundings.tsx";

export function NotFound(): ReactNode {
  const t = useTexts();
  return (
    <main className="alone" id="main">
      <PageHead title={t("not_found_title")} />
      <EmptyState icon="search" title={t("not_found_text")}>
        <Link to="/">{t("to_home")}</Link>
      </EmptyState>
    </main>
  );
}
