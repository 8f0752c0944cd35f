/**
 * The session that was here has ended: why, and the way back to this very page (R3.5).
 */
import { useSession } from "@keyturn/react";
import { Link, useLocation } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { Brand } from "../components/Brand/Brand.tsx";
import { Card } from "../components/Card/Card.tsx";
import { Notice } from "../components/Notice/Notice.tsx";
import { PageHead } from "../components/PageHead/PageHead.tsx";
import { useSurroundings } from "../surroundings.tsx";
import styles from "./Entrance.module.css";

export function Ended(): ReactNode {
  const { t, settings } = useSurroundings();
  const { reason } = useSession();
  const here = useLocation();
  return (
    <div className={styles.page}>
      <header className={styles.top}>
        <Brand />
      </header>
      <main className={styles.main} id="main" tabIndex={-1}>
        <PageHead title={t("problem_signed_out_title")} />
        <Card>
          <Notice kind="warning">{reason ? t.forCode("reason", reason) : t("reason_unknown")}</Notice>
          <p>{t("ended_text")}</p>
          <Link className="link-button" to="/signin" search={{ return_to: settings.base + here.pathname + here.searchStr }}>
            {t("ended_sign_in")}
          </Link>
        </Card>
      </main>
    </div>
  );
}
