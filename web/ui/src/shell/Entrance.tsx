/**
 * The frame of the pages that people come to before they are signed in: the brand, one card, the footer.
 */
import { Outlet } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { Brand } from "../components/Brand/Brand.tsx";
import { useTexts } from "../surroundings.tsx";
import styles from "./Entrance.module.css";
import { Footer } from "./Footer.tsx";

export function Entrance(): ReactNode {
  const t = useTexts();
  return (
    <div className={styles.page}>
      <a className="skip" href="#main">
        {t("skip_to_content")}
      </a>
      <header className={styles.top}>
        <Brand />
      </header>
      <main className={styles.main} id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <Footer />
    </div>
  );
}
