/**
 * Where an account is signed in, and a way to end all of it.
 */
import { KeyturnError } from "@keyturn/client";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { type AdminUser, answered, type Session } from "../../api/api.ts";
import { allSessionsQuery, useChange } from "../../api/queries.ts";
import { Asked } from "../../components/Asked/Asked.tsx";
import { Badge } from "../../components/Badge/Badge.tsx";
import { Button } from "../../components/Button/Button.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { Failure } from "../../components/Failure/Failure.tsx";
import { Row } from "../../components/Row/Row.tsx";
import { DeviceName } from "../../components/SessionRow/SessionRow.tsx";
import { Skeleton } from "../../components/Skeleton/Skeleton.tsx";
import { Time } from "../../components/Time/Time.tsx";
import { useToasts } from "../../components/Toast/Toast.tsx";
import { useSurroundings } from "../../surroundings.tsx";

export function UserSessions({ user }: { readonly user: AdminUser }): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const query = useQuery(allSessionsQuery(api, { user: user.account_id }));
  const end = useChange(
    () => answered(api.DELETE("/admin/users/{id}/sessions", { params: { path: { id: user.account_id } } })),
    [["all-sessions"], ["audit"]],
  );
  const ending = (): void => end.mutate(undefined, { onSuccess: ({ ended }) => say({ words: t.counted("user_sessions_ended", ended) }) });
  return (
    <Card title={t("user_sessions")} flush>
      <Asked query={query} waiting={<Skeleton rows={2} />}>
        {({ items }) => (
          <>
            {items.length === 0 ? <p className="soft foot">{t("user_sessions_none")}</p> : <SessionRows sessions={items} />}
            {items.some((session) => session.state === "active") && (
              <div className="actions foot">
                <Button look="danger" busy={end.isPending} onClick={ending}>
                  {t("user_end_sessions")}
                </Button>
                {end.error && <Failure refusal={KeyturnError.from(end.error)} />}
              </div>
            )}
          </>
        )}
      </Asked>
    </Card>
  );
}

/** Sessions, each leading to its story. */
export function SessionRows({ sessions }: { readonly sessions: readonly Session[] }): ReactNode {
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
              {t("session_started")} <Time at={session.session_start} /> · {session.ip_address ?? t("unknown_address")}
            </>
          }
          end={<SessionBadge session={session} />}
        />
      ))}
    </ul>
  );
}

function SessionBadge({ session }: { readonly session: Session }): ReactNode {
  const { t } = useSurroundings();
  if (session.state === "active") return <Badge look="good">{t("state_active")}</Badge>;
  const isAlarm = session.end_reason === "token_reuse";
  return <Badge look={isAlarm ? "bad" : "plain"}>{t("state_terminated")}</Badge>;
}
