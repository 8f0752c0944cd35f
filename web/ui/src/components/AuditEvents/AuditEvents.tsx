/**
 * What happened, in the server's words, newest first: when, by whom, from where.
 */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { AuditEvent } from "../../api/api.ts";
import { useSurroundings } from "../../surroundings.tsx";
import { Time } from "../Time/Time.tsx";

export function AuditEvents({ events }: { readonly events: readonly AuditEvent[] }): ReactNode {
  const { t } = useSurroundings();
  if (events.length === 0) return <p className="soft">{t("audit_empty")}</p>;
  return (
    <ol className="timeline">
      {events.map((event) => (
        <li key={event.id}>
          <p className="sentence">{event.text}</p>
          <p className="soft small">
            <Time at={event.at} exact /> · {t("story_by", { who: t.forCode("audit_actor", event.actor) })}
            {event.ip_address && ` · ${event.ip_address}`}
            {event.session_id && (
              <>
                {" · "}
                <Link to="/admin/sessions/$id" params={{ id: event.session_id }}>
                  {t("story_title")}
                </Link>
              </>
            )}
          </p>
        </li>
      ))}
    </ol>
  );
}
