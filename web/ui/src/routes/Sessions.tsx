/**
 * Where a person is signed in: end one session, all others, or all; and what became of those that are over (R5.1).
 */
import { KeyturnError } from "@keyturn/client";
import { useKeyturn } from "@keyturn/react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { answered, type Session } from "../api/api.ts";
import { sessionsQuery, useChange } from "../api/queries.ts";
import { Asked } from "../components/Asked/Asked.tsx";
import { Button } from "../components/Button/Button.tsx";
import { Card } from "../components/Card/Card.tsx";
import { Confirming } from "../components/Confirming/Confirming.tsx";
import { Failure } from "../components/Failure/Failure.tsx";
import { PageHead } from "../components/PageHead/PageHead.tsx";
import { SessionRow, useDeviceName } from "../components/SessionRow/SessionRow.tsx";
import { Skeleton } from "../components/Skeleton/Skeleton.tsx";
import { useToasts } from "../components/Toast/Toast.tsx";

import { useSurroundings } from "../surroundings.tsx";

const STALE = [["sessions"]];

export function Sessions(): ReactNode {
  const { t, api } = useSurroundings();
  const query = useQuery(sessionsQuery(api, "all"));
  return (
    <>
      <PageHead title={t("sessions_title")} lead={t("sessions_lead")} />
      <Asked
        query={query}
        waiting={
          <Card flush>
            <Skeleton rows={3} height="tall" />
          </Card>
        }
      >
        {({ items }) => (
          <div className="stack">
            <Live sessions={items.filter((session) => session.state === "active")} />
            <Ended sessions={items.filter((session) => session.state !== "active")} />
          </div>
        )}
      </Asked>
    </>
  );
}

function Live({ sessions }: { readonly sessions: readonly Session[] }): ReactNode {
  const { t } = useSurroundings();
  const others = sessions.filter((session) => !session.current).length;
  const sorted = sessions.toSorted((one, other) => Number(other.current) - Number(one.current));
  return (
    <Card title={t("live_title")} lead={others === 0 ? t("no_others") : t.counted("end_others_lead", others)} flush>
      <ul>
        {sorted.map((session) => (
          <SessionRow key={session.id} session={session}>
            {!session.current && <EndOne session={session} />}
          </SessionRow>
        ))}
      </ul>
      <EndSeveral others={others} />
    </Card>
  );
}

function EndOne({ session }: { readonly session: Session }): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const device = useDeviceName()(session.user_agent);
  const end = useChange(() => answered(api.DELETE("/auth/sessions/{id}", { params: { path: { id: session.id } } })), STALE);
  const ending = (): void => end.mutate(undefined, { onSuccess: () => say({ words: t("session_ended_done") }) });
  return (
    <div>
      <Button busy={end.isPending} aria-label={t("end_session_of", { device })} onClick={ending}>
        {t("end_session")}
      </Button>
      {end.error && <Failure refusal={KeyturnError.from(end.error)} />}
    </div>
  );
}

function EndSeveral({ others }: { readonly others: number }): ReactNode {
  const { t, api } = useSurroundings();
  const keyturn = useKeyturn();
  const navigate = useNavigate();
  const { say } = useToasts();
  const [asking, setAsking] = useState(false);
  const end = useChange(() => answered(api.DELETE("/auth/sessions")), STALE);
  const endOthers = (): void => end.mutate(undefined, { onSuccess: () => say({ words: t("sessions_ended_done") }) });
  const endAll = async (): Promise<void> => {
    await answered(api.DELETE("/auth/sessions", { params: { query: { all: true } } }));
    await keyturn.signOut();
    await navigate({ to: "/signin", search: {} });
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

function Ended({ sessions }: { readonly sessions: readonly Session[] }): ReactNode {
  const { t } = useSurroundings();
  if (sessions.length === 0) return null;
  return (
    <Card title={t("ended_title")} flush>
      <ul>
        {sessions.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
    </Card>
  );
}
