/**
 * Everybody's sessions, newest first.
 */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { allSessionsQuery } from "../../api/queries.ts";
import { Asked } from "../../components/Asked/Asked.tsx";
import { Badge } from "../../components/Badge/Badge.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { EmptyState } from "../../components/EmptyState/EmptyState.tsx";
import { LoadMore } from "../../components/LoadMore/LoadMore.tsx";
import { PageHead } from "../../components/PageHead/PageHead.tsx";
import { Skeleton } from "../../components/Skeleton/Skeleton.tsx";
import { Tabs } from "../../components/Tabs/Tabs.tsx";
import { Whose } from "../../components/Whose/Whose.tsx";
import { useSurroundings } from "../../surroundings.tsx";
import { SessionRows } from "./UserSessions.tsx";

export function AllSessions(): ReactNode {
  const { t, api } = useSurroundings();
  const search = useSearch({ from: "/shell/admin/sessions" });
  const navigate = useNavigate({ from: "/admin/sessions" });
  const state = search.state === "all" ? "all" : "live";
  const { user, cursor } = search;
  const query = useQuery(allSessionsQuery(api, { user, state, cursor }));
  const kept = user ? { user } : {};
  const shown = { ...kept, ...(state === "all" ? { state } : {}) };
  const asked = cursor ? { ...shown, cursor } : shown;
  return (
    <>
      <PageHead title={t("all_sessions_title")} lead={t("all_sessions_lead")} />
      {user && (
        <p className="filters">
          <Badge>
            <Whose id={user} />
          </Badge>
          <Link to="/admin/sessions" search={state === "all" ? { state } : {}}>
            {t("all_sessions_everybody")}
          </Link>
        </p>
      )}
      <Tabs label={t("all_sessions_show")}>
        {(["live", "all"] as const).map((kind) => (
          <Link
            key={kind}
            to="/admin/sessions"
            search={kind === state ? asked : { ...kept, ...(kind === "all" ? { state: kind } : {}) }}
            activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
          >
            {t(`all_sessions_${kind}`)}
          </Link>
        ))}
      </Tabs>
      <Card flush>
        <Asked query={query} waiting={<Skeleton rows={8} />}>
          {({ items }) =>
            items.length === 0 ? <EmptyState icon="key" title={t("all_sessions_empty")} /> : <SessionRows sessions={items} named={!user} />
          }
        </Asked>
      </Card>
      <LoadMore
        at={search.cursor}
        next={query.data?.next}
        onGo={(to) => void navigate({ search: to ? { ...shown, cursor: to } : shown })}
      />
    </>
  );
}
