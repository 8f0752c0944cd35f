/**
 * The frame of the pages for people who are signed in: where they can go, who they are, and the page.
 *
 * The rule: nobody else sees such a page. Who was never signed in goes to the sign-in, and comes back from there; whose session has ended
 * is told why, here, with the way back.
 *
 * The caveat: this keeps nothing secret. What a person may see, the server decides with each request.
 */
import { useSession } from "@keyturn/react";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { ADMIN } from "../api/api.ts";
import { Brand } from "../components/Brand/Brand.tsx";
import { Skeleton } from "../components/Skeleton/Skeleton.tsx";
import { ToastProvider } from "../components/Toast/Toast.tsx";
import { useSurroundings } from "../surroundings.tsx";
import { Ended } from "./Ended.tsx";
import { Footer } from "./Footer.tsx";
import { Idle } from "./Idle.tsx";
import { Navigation } from "./Navigation.tsx";
import { useOnline } from "./online.ts";
import { Redirect } from "./Redirect.tsx";
import styles from "./Shell.module.css";
import { Who } from "./Who.tsx";

export function Shell(): ReactNode {
  const { t, settings } = useSurroundings();
  const { status, user, offline } = useSession();
  const isOnline = useOnline();
  const here = useLocation();
  if (status === "expired" || status === "unauthorized") return <Ended />;
  if (status === "unauthenticated") {
    return <Redirect to="/signin" search={{ return_to: settings.base + here.pathname + here.searchStr }} />;
  }
  return (
    <ToastProvider>
      <div className={styles.shell}>
        <a className="skip" href="#main">
          {t("skip_to_content")}
        </a>
        <header className={styles.side}>
          <div className={styles.brand}>
            <Link className="plain" to="/">
              <Brand />
            </Link>
          </div>
          {user && <Navigation isAdministrator={user.permissions.includes(ADMIN)} />}
          {user && <Who name={user.username ?? user.email ?? user.id} />}
        </header>
        <main className={styles.main} id="main" tabIndex={-1}>
          {(offline || !isOnline) && (
            <p className={styles.offline} role="status">
              {t("offline")}
            </p>
          )}
          {user ? <Outlet /> : <Skeleton rows={4} />}
        </main>
        <Footer />
      </div>
      <Idle />
    </ToastProvider>
  );
}
