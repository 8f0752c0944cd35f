/**
 * A page that could not be shown: its file did not come, or it is broken. A newer build has other files: loading again brings them.
 */
import type { ReactNode } from "react";

import { Button } from "../components/Button/Button.tsx";
import { EmptyState } from "../components/EmptyState/EmptyState.tsx";
import { useTexts } from "../surroundings.tsx";

export function PageFailed(): ReactNode {
  const t = useTexts();
  return (
    <main className="alone" id="main">
      <EmptyState icon="alert" title={t("error_page")}>
        <Button look="primary" icon="undo" onClick={() => globalThis.location.reload()}>
          {t("reload")}
        </Button>
      </EmptyState>
    </main>
  );
}
