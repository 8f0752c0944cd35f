/**
 * Accounts: looked for by a part of their names and by state.
 */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { ACCOUNT_STATES, type AccountState, type AdminUser } from "../../api/api.ts";
import { usersQuery } from "../../api/queries.ts";
import { Asked } from "../../components/Asked/Asked.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { EmptyState } from "../../components/EmptyState/EmptyState.tsx";
import { LoadMore } from "../../components/LoadMore/LoadMore.tsx";
import { PageHead } from "../../components/PageHead/PageHead.tsx";
import { Row } from "../../components/Row/Row.tsx";
import { SearchBox } from "../../components/SearchBox/SearchBox.tsx";
import { Select } from "../../components/Select/Select.tsx";
import { Skeleton } from "../../components/Skeleton/Skeleton.tsx";
import { StateBadge } from "../../components/StateBadge/StateBadge.tsx";
import { Time } from "../../components/Time/Time.tsx";
import { nameOf } from "../../names.ts";
import { useSurroundings } from "../../surroundings.tsx";

export function Users(): ReactNode {
  const { t, api } = useSurroundings();
  const search = useSearch({ from: "/shell/admin/users" });
  const navigate = useNavigate({ from: "/admin/users" });
  const state = ACCOUNT_STATES.find((known) => known === search.state);
  const { q, cursor } = search;
  const query = useQuery({ ...usersQuery(api, { q, cursor, state }), placeholderData: keepPreviousData });
  const states: [string, string][] = ACCOUNT_STATES.map((known) => [known, t(`state_${known}`)]);
  const asking = (asked: { q?: string | undefined; state?: AccountState | string | undefined }): void => {
    const next = { q, state: search.state, ...asked };
    void navigate({ search: { q: next.q ?? "", state: next.state ?? "" }, replace: true });
  };
  return (
    <>
      <PageHead
        title={t("users_title")}
        lead={t("users_lead")}
        beside={
          <Link className="link-button" to="/admin/users/new">
            {t("users_new")}
          </Link>
        }
      />
      <div className="filters">
        <SearchBox label={t("users_search")} value={q ?? ""} onSearch={(text) => asking({ q: text })} />
        <Select
          label={t("users_state")}
          value={state ?? ""}
          options={[["", t("users_any")], ...states]}
          onChange={(value) => asking({ state: value })}
        />
      </div>
      <Card flush>
        <Asked query={query} waiting={<Skeleton rows={8} />}>
          {({ items }) => (items.length === 0 ? <Nobody /> : <Found users={items} />)}
        </Asked>
      </Card>
      <LoadMore at={cursor} next={query.data?.next} onGo={(to) => void navigate({ search: { ...search, cursor: to ?? "" } })} />
    </>
  );
}

function Found({ users }: { readonly users: readonly AdminUser[] }): ReactNode {
  const { t } = useSurroundings();
  return (
    <ul className="rows">
      {users.map((user) => (
        <Row
          key={user.account_id}
          link={{ to: "/admin/users/$id", params: { id: user.account_id } }}
          title={nameOf(user)}
          facts={
            <>
              {user.email ?? user.username} ·{" "}
              {user.last_login ? (
                <>
                  {t("user_last_login")} <Time at={user.last_login} />
                </>
              ) : (
                t("user_never")
              )}
            </>
          }
          end={<StateBadge state={user.state} />}
        />
      ))}
    </ul>
  );
}

function Nobody(): ReactNode {
  const { t } = useSurroundings();
  return (
    <EmptyState icon="search" title={t("users_empty")}>
      <p>{t("users_empty_text")}</p>
    </EmptyState>
  );
}
