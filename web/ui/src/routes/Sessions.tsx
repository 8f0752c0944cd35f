/**
 * Where a person is signed in: end one session, all others, or all; and what became of those that are over (R5.1).
 */
import { KeyturnError, type Session } from "@keyturn/client";
import { useKeyturn, useSession } from "@keyturn/react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { answered } from "../api/api.ts";
import { sessionsQuery, useChange } from "../api/queries.ts";
import { Asked } from "../components/Asked/Asked.tsx";
import { Button } from "../components/Button/Button.tsx";
import { Card } from "../components/Card/Card.tsx";
import { Confirming } from "../components/Confirming/Confirming.tsx";
import { Failure } from "../components/Failure/Failure.tsx";
import { More } from "../components/More/More.tsx";
import { PageHead } from "../components/PageHead/PageHead.tsx";
import { SessionRow, useDeviceName } from "../components/SessionRow/SessionRow.tsx";
import { Skeleton } from "../components/Skeleton/Skeleton.tsx";
import { useToasts } from "../components/Toast/Toast.tsx";
import { useLeaving } from "../shell/leaving.ts";
import { useSurroundings } from "../surroundings.tsx";

const STALE = [["sessions"]];

export function Sessions(): ReactNode {
  const { t } = useSurroundings();
  return (
    <>
      <PageHead title={t("sessions_title")} lead={t("sessions_lead")} />
      <div className="stack">
        <Live />
        <Ended />
      </div>
    </>
  );
}

function Live(): ReactNode {
  const { t, api } = useSurroundings();
  const query = useInfiniteQuery(sessionsQuery(api, "live"));
  const { session: own } = useSession();
  const listed = query.data?.pages.flatMap((page) => page.items) ?? [];
  const others = listed.filter((session) => !session.current);
  // This one first, wherever in the list it is.
  const current = listed.find((session) => session.current) ?? own;
  return (
    <Card title={t("live_title")} lead={query.data && <Elsewhere others={others.length} isAll={!query.hasNextPage} />} flush>
      <Asked query={query} waiting={<Skeleton rows={3} height="tall" />}>
        {() => (
          <ul>
            {current && <SessionRow session={{ ...current, current: true }} />}
            {others.map((session) => (
              <SessionRow key={session.id} session={session}>
                <EndOne session={session} />
              </SessionRow>
            ))}
          </ul>
        )}
      </Asked>
      <More query={query} />
      {query.data && <EndSeveral others={others.length} />}
    </Card>
  );
}

function Elsewhere({ others, isAll }: { readonly others: number; readonly isAll: boolean }): ReactNode {
  const { t } = useSurroundings();
  if (!isAll) return t("end_others_lead_more", { count: others });
  return others === 0 ? t("no_others") : t.counted("end_others_lead", others);
}

function EndOne({ session }: { readonly session: Session }): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const device = useDeviceName()(session.user_agent);
  const end = useChange(() => answered(api.DELETE("/auth/sessions/{id}", { params: { path: { id: session.id } } })), STALE);
  // Said here and not in `onSuccess` of `mutate`, which is forgotten once the row is gone.
  const ending = async (): Promise<void> => {
    await end.mutateAsync(undefined);
    say({ words: t("session_ended_of", { device }) });
  };
  return (
    <div>
      <Button busy={end.isPending} aria-label={t("end_session_of", { device })} onClick={() => void ending().catch(() => undefined)}>
        {t("end_session")}
      </Button>
      {end.error && <Failure refusal={KeyturnError.from(end.error)} />}
    </div>
  );
}

function EndSeveral({ others }: { readonly others: number }): ReactNode {
  const { t, api } = useSurroundings();
  const keyturn = useKeyturn();
  const leave = useLeaving();
  const { say } = useToasts();
  const [asking, setAsking] = useState(false);
  const end = useChange(() => answered(api.DELETE("/auth/sessions")), STALE);
  const endOthers = (): void => end.mutate(undefined, { onSuccess: ({ ended }) => say({ words: t.counted("others_ended", ended) }) });
  const endAll = async (): Promise<void> => {
    await answered(api.DELETE("/auth/sessions", { params: { query: { all: true } } }));
    await leave(() => keyturn.signOut());
  };
  return (
    <div className="actions foot">
      {others > 0 && (
        <Button busy={end.isPending} onClick={endOthers}>
          {t("end_others")}
        </Button>
      )}
      <Button look="danger" onClick={() => setAsking(true)}>
        {t("end_all")}
      </Button>
      {end.error && <Failure refusal={KeyturnError.from(end.error)} />}
      {asking && (
        <Confirming
          title={t("end_all_title")}
          text={t("end_all_text")}
          submit={t("end_all")}
          onConfirm={endAll}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}

/** The route lists those that live among those that are over; here they are left out. */
function Ended(): ReactNode {
  const { t, api } = useSurroundings();
  const query = useInfiniteQuery(sessionsQuery(api, "all"));
  const over = (query.data?.pages ?? []).flatMap((page) => page.items).filter((session) => session.state !== "active");
  if (over.length === 0 && !query.hasNextPage) return null;
  return (
    <Card title={t("ended_title")} flush>
      <ul>
        {over.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
      <More query={query} />
    </Card>
  );
}
