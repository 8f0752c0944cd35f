/**
 * What happened to accounts and sessions, in words: all of it, or what concerns one account or one session.
 */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { auditQuery } from "../../api/queries.ts";
import { Asked } from "../../components/Asked/Asked.tsx";
import { AuditEvents } from "../../components/AuditEvents/AuditEvents.tsx";
import { Badge } from "../../components/Badge/Badge.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { LoadMore } from "../../components/LoadMore/LoadMore.tsx";
import { PageHead } from "../../components/PageHead/PageHead.tsx";
import { Skeleton } from "../../components/Skeleton/Skeleton.tsx";
import { useSurroundings } from "../../surroundings.tsx";

export function Audit(): ReactNode {
  const { t, api } = useSurroundings();
  const search = useSearch({ from: "/shell/admin/audit" });
  const navigate = useNavigate({ from: "/admin/audit" });
  const { user, session } = search;
  const cursor = search.cursor ? Number(search.cursor) : undefined;
  const query = useQuery(auditQuery(api, { user, session, cursor }));
  return (
    <>
      <PageHead title={t("audit_title")} lead={t("audit_lead")} />
      {(user || session) && (
        <p className="filters">
          <Badge>{user ? t("audit_of_user") : t("audit_of_session")}</Badge>
          <Link to="/admin/audit" search={{}}>
            {t("audit_all")}
          </Link>
        </p>
      )}
      <Card>
        <Asked query={query} waiting={<Skeleton rows={8} />}>
          {({ items }) => <AuditEvents events={items} named={!user} />}
        </Asked>
      </Card>
      <LoadMore
        at={cursor}
        next={query.data?.next}
        onGo={(to) => void navigate({ search: { ...search, cursor: to === undefined ? "" : String(to) } })}
      />
    </>
  );
}
