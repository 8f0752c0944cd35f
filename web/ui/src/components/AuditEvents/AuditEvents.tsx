/**
 * What happened, in the server's words, newest first: to whom, when, by whom, from where.
 */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { AuditEvent } from "../../api/api.ts";
import { useSurroundings } from "../../surroundings.tsx";
import { Time } from "../Time/Time.tsx";
import { Whose } from "../Whose/Whose.tsx";

interface Props {
  readonly events: readonly AuditEvent[];
  /** Whether each says whose account it concerns. */
  readonly named?: boolean;
}

export function AuditEvents({ events, named = false }: Props): ReactNode {
  const { t } = useSurroundings();
  if (events.length === 0) return <p className="soft">{t("audit_empty")}</p>;
  return (
    <ol className="timeline">
      {events.map((event) => (
        <li key={event.id}>
          <p className="sentence">{event.text}</p>
          <p className="soft small">
            {named && event.account_id && (
              <>
                <Link to="/admin/users/$id" params={{ id: event.account_id }}>
                  <Whose id={event.account_id} />
                </Link>
                {" · "}
              </>
            )}
            <Time at={event.at} exact /> · <By event={event} />
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

/** The administrator or the service by name, anybody else by their kind. */
function By({ event }: { readonly event: AuditEvent }): ReactNode {
  const { t } = useSurroundings();
  const { actor, actor_account_id: administrator, actor_service: service } = event;
  const [before, after] = t("story_by", { who: "\u0000" }).split("\u0000");
  return (
    <>
      {before}
      {administrator ? <Whose id={administrator} /> : (service ?? t.forCode("audit_actor", actor))}
      {after}
    </>
  );
}
