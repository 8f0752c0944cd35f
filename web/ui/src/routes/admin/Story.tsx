/**
 * One session and its story: what happened in which order, why it ended, what to do.
 */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { answered, type SessionStory } from "../../api/api.ts";
import { storyQuery, useChange } from "../../api/queries.ts";
import { Asked } from "../../components/Asked/Asked.tsx";
import { Button } from "../../components/Button/Button.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { Confirming } from "../../components/Confirming/Confirming.tsx";
import { Details } from "../../components/Details/Details.tsx";
import { Notice } from "../../components/Notice/Notice.tsx";
import { PageHead } from "../../components/PageHead/PageHead.tsx";
import { DeviceName } from "../../components/SessionRow/SessionRow.tsx";
import { Skeleton } from "../../components/Skeleton/Skeleton.tsx";
import { Time } from "../../components/Time/Time.tsx";
import { useToasts } from "../../components/Toast/Toast.tsx";
import { Whose } from "../../components/Whose/Whose.tsx";
import { useSurroundings } from "../../surroundings.tsx";

export function Story(): ReactNode {
  const { t, api } = useSurroundings();
  const { id } = useParams({ from: "/shell/admin/sessions/$id" });
  const query = useQuery(storyQuery(api, id));
  return (
    <>
      <p className="up">
        <Link to="/admin/sessions" search={{}}>
          {t("all_sessions_title")}
        </Link>
      </p>
      <PageHead title={t("story_title")} lead={query.data && <DeviceName userAgent={query.data.session.user_agent} />} />
      <Asked query={query} waiting={<Skeleton rows={5} height="tall" />}>
        {(story) => (
          <div className="stack">
            <Why story={story} />
            <Facts story={story} />
            <Moments story={story} />
          </div>
        )}
      </Asked>
    </>
  );
}

function Why({ story }: { readonly story: SessionStory }): ReactNode {
  const { t } = useSurroundings();
  const { end } = story;
  if (!end) return null;
  return (
    <Card title={t("story_why")}>
      <Notice kind={end.reason === "token_reuse" ? "failure" : "info"}>{end.meaning}</Notice>
      <Details
        facts={[
          [t("ended_at"), <Time key="at" at={end.at} exact />],
          [t("story_told"), end.sentence],
          [t("story_advice"), end.advice],
        ]}
      />
    </Card>
  );
}

function Facts({ story: { session } }: { readonly story: SessionStory }): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const [asking, setAsking] = useState(false);
  const end = useChange(
    () => answered(api.DELETE("/admin/sessions/{id}", { params: { path: { id: session.id } } })),
    [["all-sessions"], ["audit"]],
  );
  return (
    <Card title={t("details_of_session")}>
      <Details
        facts={[
          [
            t("story_account"),
            <Link key="account" to="/admin/users/$id" params={{ id: session.user_id }}>
              <Whose id={session.user_id} />
            </Link>,
          ],
          [t("session_started"), <Time key="started" at={session.session_start} exact />],
          [t("session_active"), <Time key="active" at={session.last_activity} exact />],
          [t("session_address"), session.ip_address ?? t("unknown_address")],
          [t("story_generation"), session.generation],
        ]}
      />
      {session.state === "active" && (
        <div className="actions">
          <Button look="danger" onClick={() => setAsking(true)}>
            {t("story_end")}
          </Button>
        </div>
      )}
      {asking && (
        <Confirming
          title={t("story_end")}
          text={t("story_end_text")}
          submit={t("story_end")}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await end.mutateAsync(undefined);
            say({ words: t("session_ended_done") });
          }}
        />
      )}
    </Card>
  );
}

function Moments({ story }: { readonly story: SessionStory }): ReactNode {
  const { t } = useSurroundings();
  return (
    <Card title={t("story_timeline")}>
      <ol className="timeline">
        {story.timeline.map((moment) => (
          <li key={moment.at + moment.text}>
            <p className="sentence">{moment.text}</p>
            <p className="soft small">
              <Time at={moment.at} exact />
              {moment.by && ` · ${moment.by}`}
            </p>
          </li>
        ))}
      </ol>
    </Card>
  );
}
