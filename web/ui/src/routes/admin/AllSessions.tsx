/**
 * Everybody's sessions, newest first.
 */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { allSessionsQuery } from "../../api/queries.ts";
import { Asked } from "../../components/Asked/Asked.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { EmptyState } from "../../components/EmptyState/EmptyState.tsx";
import { LoadMore } from "../../components/LoadMore/LoadMore.tsx";
import { PageHead } from "../../components/PageHead/PageHead.tsx";
import { Skeleton } from "../../components/Skeleton/Skeleton.tsx";
import { useSurroundings } from "../../surroundings.tsx";
import { SessionRows } from "./UserSessions.tsx";

export function AllSessions(): ReactNode {
  const { t, api } = useSurroundings();
  const search = useSearch({ from: "/shell/admin/sessions" });
  const navigate = useNavigate({ from: "/admin/sessions" });
  const query = useQuery(allSessionsQuery(api, search));
  return (
    <>
      <PageHead title={t("all_sessions_title")} lead={t("all_sessions_lead")} />
      <Card flush>
        <Asked query={query} waiting={<Skeleton rows={8} />}>
          {({ items }) =>
            items.length === 0 ? <EmptyState icon="key" title={t("all_sessions_empty")} /> : <SessionRows sessions={items} />
          }
        </Asked>
      </Card>
      <LoadMore at={search.cursor} next={query.data?.next} onGo={(to) => void navigate({ search: { ...search, cursor: to ?? "" } })} />
    </>
  );
}
