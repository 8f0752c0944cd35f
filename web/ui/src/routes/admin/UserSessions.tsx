/**
 * Where an account is signed in, and a way to end all of it.
 */
import type { SessionWithTokens } from "@keyturn/client";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { type AdminUser, answered } from "../../api/api.ts";
import { allSessionsQuery, useChange } from "../../api/queries.ts";
import { Asked } from "../../components/Asked/Asked.tsx";
import { Badge } from "../../components/Badge/Badge.tsx";
import { Button } from "../../components/Button/Button.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { Confirming } from "../../components/Confirming/Confirming.tsx";
import { Row } from "../../components/Row/Row.tsx";
import { DeviceName } from "../../components/SessionRow/SessionRow.tsx";
import { Skeleton } from "../../components/Skeleton/Skeleton.tsx";
import { Time } from "../../components/Time/Time.tsx";
import { useToasts } from "../../components/Toast/Toast.tsx";
import { Whose } from "../../components/Whose/Whose.tsx";
import { nameOf } from "../../names.ts";
import { useSurroundings } from "../../surroundings.tsx";

export function UserSessions({ user }: { readonly user: AdminUser }): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const query = useQuery(allSessionsQuery(api, { user: user.account_id }));
  const [asking, setAsking] = useState(false);
  const name = nameOf(user);
  const end = useChange(
    () => answered(api.DELETE("/admin/users/{id}/sessions", { params: { path: { id: user.account_id } } })),
    [["all-sessions"], ["audit"]],
  );
  return (
    <Card title={t("user_sessions")} flush>
      <Asked query={query} waiting={<Skeleton rows={2} />}>
        {({ items }) => (
          <>
            {items.length === 0 ? <p className="soft foot">{t("user_sessions_none")}</p> : <SessionRows sessions={items} />}
            <div className="actions foot between">
              {items.some((session) => session.state === "active") && (
                <Button look="danger" onClick={() => setAsking(true)}>
                  {t("user_end_sessions")}
                </Button>
              )}
              <Link to="/admin/sessions" search={{ user: user.account_id, state: "all" }}>
                {t("user_sessions_all")}
              </Link>
            </div>
          </>
        )}
      </Asked>
      {asking && (
        <Confirming
          title={t("user_end_sessions")}
          text={t("user_end_sessions_text", { name })}
          submit={t("user_end_sessions")}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            const { ended } = await end.mutateAsync(undefined);
            say({ words: t.counted("user_sessions_ended", ended) });
          }}
        />
      )}
    </Card>
  );
}

interface Listed {
  readonly sessions: readonly SessionWithTokens[];
  /** Whether each says whose it is. */
  readonly named?: boolean;
}

/** Sessions, each leading to its story. */
export function SessionRows({ sessions, named = false }: Listed): ReactNode {
  const { t } = useSurroundings();
  return (
    <ul className="rows">
      {sessions.map((session) => (
        <Row
          key={session.id}
          link={{ to: "/admin/sessions/$id", params: { id: session.id } }}
          title={<DeviceName userAgent={session.user_agent} />}
          facts={
            <>
              {named && (
                <>
                  <Whose id={session.user_id} /> ·{" "}
                </>
              )}
              {t("session_started")} <Time at={session.session_start} /> · {session.ip_address ?? t("unknown_address")}
            </>
          }
          end={<SessionBadge session={session} />}
        />
      ))}
    </ul>
  );
}

function SessionBadge({ session }: { readonly session: SessionWithTokens }): ReactNode {
  const { t } = useSurroundings();
  if (session.state === "active") return <Badge look="good">{t("state_active")}</Badge>;
  const isAlarm = session.end_reason === "token_reuse";
  return <Badge look={isAlarm ? "bad" : "plain"}>{t("state_terminated")}</Badge>;
}
