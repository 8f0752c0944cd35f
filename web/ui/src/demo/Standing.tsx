/**
 * How the session stands: alive, with its generation and its ends; or over, with the reason writ large and the way back in.
 */
import { type ReactNode, useState } from "react";

import { Badge } from "../components/Badge/Badge.tsx";
import { Button } from "../components/Button/Button.tsx";
import { Notice } from "../components/Notice/Notice.tsx";
import { timeOf } from "./moments.ts";
import styles from "./Standing.module.css";
import type { Scene } from "./theatre.ts";

interface Props {
  readonly scene: Scene;
  readonly isLive: boolean;
  readonly isAsking: boolean;
  /** As the person's own client was told. */
  readonly reason: string | undefined;
  readonly onEnter: () => Promise<void>;
}

export function Standing({ scene, isLive, isAsking, reason, onEnter }: Props): ReactNode {
  const { chronicle, facts, trouble } = scene;
  const end = chronicle?.story.end;
  const isOver = !isLive && !isAsking && facts !== undefined;
  return (
    <section className={styles.standing} data-over={isOver} aria-label="How the session stands">
      {trouble && <Notice kind="failure">{trouble}</Notice>}
      <div role="status" className={styles.told}>
        {isOver ? (
          <>
            <p className={styles.reason}>{end?.reason ?? reason ?? "signed out"}</p>
            <p className={styles.sentence}>{end?.sentence ?? "Nobody is signed in."}</p>
            {end && <p className={styles.small}>{end.advice}</p>}
          </>
        ) : (
          <Alive scene={scene} />
        )}
      </div>
      {isOver && facts && <Entrance email={facts.email} password={facts.password} onEnter={onEnter} />}
    </section>
  );
}

function Alive({ scene: { chronicle, facts } }: { readonly scene: Scene }): ReactNode {
  if (!chronicle || !facts) return <p className={styles.small}>Ann is being signed in …</p>;
  const { story } = chronicle;
  return (
    <div className={styles.alive}>
      <Badge look="good">Signed in</Badge>
      <p>
        Generation <b key={story.generation}>{story.generation}</b>
      </p>
      <p className={styles.small}>idle from {timeOf(story.idle_ends_at)}, unless something happens</p>
      <p className={styles.small}>
        {facts.email}, password “{facts.password}”
      </p>
    </div>
  );
}

interface EntranceProps {
  readonly email: string;
  readonly password: string;
  readonly onEnter: () => Promise<void>;
}

function Entrance({ email, password, onEnter }: EntranceProps): ReactNode {
  const [busy, setBusy] = useState(false);
  const enter = async (): Promise<void> => {
    setBusy(true);
    await onEnter();
    setBusy(false);
  };
  return (
    <div className={styles.entrance}>
      <Button look="primary" busy={busy} onClick={() => void enter()}>
        Sign Ann in again
      </Button>
      <p className={styles.small}>
        {email}, password “{password}”
      </p>
    </div>
  );
}
