/**
 * One account: what is known, its state and how that can change, where it is signed in, what happened.
 */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { AdminUser } from "../../api/api.ts";
import { auditQuery, userQuery } from "../../api/queries.ts";
import { Asked } from "../../components/Asked/Asked.tsx";
import { AuditEvents } from "../../components/AuditEvents/AuditEvents.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { Details } from "../../components/Details/Details.tsx";
import { PageHead } from "../../components/PageHead/PageHead.tsx";
import { Skeleton } from "../../components/Skeleton/Skeleton.tsx";
import { StateBadge } from "../../components/StateBadge/StateBadge.tsx";
import { Time } from "../../components/Time/Time.tsx";
import { useSurroundings } from "../../surroundings.tsx";
import { StateCard } from "./StateCard.tsx";
import { UserSessions } from "./UserSessions.tsx";

export function UserPage(): ReactNode {
  const { t, api } = useSurroundings();
  const { id } = useParams({ from: "/shell/admin/users/$id" });
  const query = useQuery(userQuery(api, id));
  return (
    <>
      <p className="up">
        <Link to="/admin/users" search={{}}>
          {t("users_title")}
        </Link>
      </p>
      <Asked query={query} waiting={<Skeleton rows={6} height="tall" />}>
        {(user) => (
          <>
            <PageHead title={user.name ?? user.username ?? user.email ?? user.id} beside={<StateBadge state={user.state} />} />
            <div className="stack">
              <Known user={user} />
              <StateCard user={user} />
              <UserSessions user={user} />
              <Happened user={user} />
            </div>
          </>
        )}
      </Asked>
    </>
  );
}

function Known({ user }: { readonly user: AdminUser }): ReactNode {
  const { t } = useSurroundings();
  const facts: [string, ReactNode][] = [
    [t("email"), user.email ?? t("none")],
    [t("username"), user.username ?? t("none")],
    [t("user_permissions"), user.permissions.join(", ") || t("none")],
    [t("user_created"), <Time key="created" at={user.created_at} exact />],
    [t("user_last_login"), user.last_login ? <Time key="login" at={user.last_login} exact /> : t("user_never")],
    [t("user_id"), <code key="id">{user.id}</code>],
  ];
  return (
    <Card title={t("user_details")}>
      <Details facts={facts} />
    </Card>
  );
}

function Happened({ user }: { readonly user: AdminUser }): ReactNode {
  const { t, api } = useSurroundings();
  const query = useQuery(auditQuery(api, { user: user.account_id }));
  return (
    <Card title={t("user_audit")}>
      <Asked query={query} waiting={<Skeleton rows={3} />}>
        {({ items }) => <AuditEvents events={items.slice(0, 8)} />}
      </Asked>
      <p>
        <Link to="/admin/audit" search={{ user: user.account_id }}>
          {t("user_audit_all")}
        </Link>
      </p>
    </Card>
  );
}
