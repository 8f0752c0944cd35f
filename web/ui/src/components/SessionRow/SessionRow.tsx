/**
 * A session as its person knows it: the device in words, which one is this, since when, how long, from where.
 */
import type { Session } from "@keyturn/client";
import type { ReactNode } from "react";

import { type Device, deviceOf } from "../../device.ts";
import { useSurroundings, useTexts } from "../../surroundings.tsx";
import { Badge } from "../Badge/Badge.tsx";
import { Icon, type IconName } from "../Icon/Icon.tsx";
import { Time } from "../Time/Time.tsx";
import styles from "./SessionRow.module.css";

const ICONS: Readonly<Record<Device["kind"], IconName>> = { computer: "laptop", tablet: "tablet", phone: "phone", program: "terminal" };

interface Props {
  readonly session: Session;
  /** What can be done with it. */
  readonly children?: ReactNode;
}

export function SessionRow({ session, children }: Props): ReactNode {
  const { t } = useSurroundings();
  const device = deviceOf(session.user_agent);
  // Past its idle end and not yet recorded as ended, it is over all the same.
  const endedAt = session.state === "active" ? undefined : (session.ended_at ?? session.idle_ends_at);
  return (
    <li className={styles.row}>
      <span className={styles.icon}>
        <Icon name={ICONS[device.kind]} />
      </span>
      <div className={styles.words}>
        <h3 className={styles.name}>
          <DeviceName userAgent={session.user_agent} />
          {session.current && <Badge look="good">{t("this_session")}</Badge>}
        </h3>
        <p className={styles.facts}>
          {endedAt ? (
            <>
              <Time at={endedAt} /> · {t.forCode("reason", session.end_reason ?? "idle")}
            </>
          ) : (
            <>
              {t("session_active")} <Time at={session.last_activity} /> · {session.ip_address ?? t("unknown_address")}
            </>
          )}
        </p>
        <p className={styles.facts}>
          {t("session_started")} <Time at={session.session_start} exact />
          {!endedAt && (
            <>
              {" · "}
              {t("session_ends")} <Time at={session.ends_at} ahead />
            </>
          )}
        </p>
      </div>
      {children}
    </li>
  );
}

export function DeviceName({ userAgent }: { readonly userAgent: string | null }): ReactNode {
  return useDeviceName()(userAgent);
}

/** The device behind a `User-Agent`, in words. */
export function useDeviceName(): (userAgent: string | null) => string {
  const t = useTexts();
  return (userAgent) => {
    const { client, system } = deviceOf(userAgent);
    if (client && system) return t("device_on", { client, system });
    return client ?? (system ? t("device_on_system", { system }) : t("device_unknown"));
  };
}
