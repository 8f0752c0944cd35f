/**
 * One account: what is known, what it may do, its state and password and how they can change, where it is signed in, what happened.
 */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { AdminUser } from "../../api/api.ts";
import { auditQuery, userQuery } from "../../api/queries.ts";
import { Asked } from "../../components/Asked/Asked.tsx";
import { AuditEvents } from "../../components/AuditEvents/AuditEvents.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { PageHead } from "../../components/PageHead/PageHead.tsx";
import { Skeleton } from "../../components/Skeleton/Skeleton.tsx";
import { StateBadge } from "../../components/StateBadge/StateBadge.tsx";
import { nameOf } from "../../names.ts";
import { useSurroundings } from "../../surroundings.tsx";
import { DeleteCard } from "./DeleteCard.tsx";
import { Known } from "./Known.tsx";
import { MetadataCard } from "./MetadataCard.tsx";
import { PasswordCard } from "./PasswordCard.tsx";
import { PermissionsCard } from "./PermissionsCard.tsx";
import { StateCard } from "./StateCard.tsx";
import { UserSessions } from "./UserSessions.tsx";

/** How many of the latest events are shown here. */
const EVENTS = 8;

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
            <PageHead title={nameOf(user)} beside={<StateBadge state={user.state} />} />
            <div className="stack">
              <Known user={user} />
              <StateCard user={user} />
              <PermissionsCard user={user} />
              <PasswordCard user={user} />
              <UserSessions user={user} />
              <Happened user={user} />
              <MetadataCard user={user} />
              <DeleteCard user={user} />
            </div>
          </>
        )}
      </Asked>
    </>
  );
}

function Happened({ user }: { readonly user: AdminUser }): ReactNode {
  const { t, api } = useSurroundings();
  const query = useQuery(auditQuery(api, { user: user.account_id }));
  return (
    <Card title={t("user_audit")}>
      <Asked query={query} waiting={<Skeleton rows={3} />}>
        {({ items }) => <AuditEvents events={items.slice(0, EVENTS)} />}
      </Asked>
      <p>
        <Link to="/admin/audit" search={{ user: user.account_id }}>
          {t("user_audit_all")}
        </Link>
      </p>
    </Card>
  );
}
