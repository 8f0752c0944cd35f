/**
 * Where people can go: beside the page where there is room, else at the lower edge, where thumbs are.
 */
import { Link, type LinkProps, useLocation } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";

import { Icon, type IconName } from "../components/Icon/Icon.tsx";
import { useSurroundings } from "../surroundings.tsx";
import type { TextName } from "../texts.ts";
import styles from "./Navigation.module.css";

interface Place {
  readonly to: NonNullable<LinkProps["to"]>;
  readonly icon: IconName;
  readonly name: TextName;
  readonly offered?: boolean;
  /** Places below it are others. */
  readonly exact?: boolean;
}

export function Navigation({ isAdministrator }: { readonly isAdministrator: boolean }): ReactNode {
  const { t, settings } = useSurroundings();
  const { tasks } = settings.offers;
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // At the lower edge there may be more places than fit.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another place
  useEffect(() => {
    nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }, [pathname]);
  const own: Place[] = [
    { to: "/tasks", icon: "tasks", name: "tasks_title", offered: tasks, exact: true },
    { to: "/tasks/deleted", icon: "trash", name: "deleted_nav", offered: tasks },
    { to: "/sessions", icon: "laptop", name: "sessions_nav" },
    { to: "/account", icon: "person", name: "account_nav" },
  ];
  const administration: Place[] = [
    { to: "/admin/users", icon: "people", name: "users_title" },
    { to: "/admin/sessions", icon: "key", name: "all_sessions_nav" },
    { to: "/admin/audit", icon: "log", name: "audit_title" },
  ];
  return (
    <nav ref={nav} className={styles.nav} aria-label={t("navigation")}>
      <Places places={own} />
      {isAdministrator && (
        <>
          <h2 className={styles.group}>{t("administration")}</h2>
          <Places places={administration} />
        </>
      )}
    </nav>
  );
}

function Places({ places }: { readonly places: readonly Place[] }): ReactNode {
  const { t } = useSurroundings();
  return (
    <ul>
      {places
        .filter((place) => place.offered !== false)
        .map((place) => (
          <li key={place.name}>
            <Link className={styles.place ?? ""} to={place.to} activeOptions={{ exact: place.exact ?? false, includeSearch: false }}>
              <Icon name={place.icon} />
              <span>{t(place.name)}</span>
            </Link>
          </li>
        ))}
    </ul>
  );
}
