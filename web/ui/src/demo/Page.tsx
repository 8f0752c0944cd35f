/**
 * The demo's page: the application as Ann's browser shows it, buttons for what usually goes wrong, and the session's story while it happens.
 *
 * The rule: the application is the real one, in a frame of the same origin; the page itself is another tab of the same browser.
 */
import { useSession } from "@keyturn/react";
import { type ReactNode, useEffect, useSyncExternalStore } from "react";

import { Mark } from "../components/Brand/Brand.tsx";
import { Acts } from "./Acts.tsx";
import { Application } from "./Application.tsx";
import { DemoClock } from "./DemoClock.tsx";
import styles from "./Page.module.css";
import { Standing } from "./Standing.tsx";
import type { Scene, Theatre } from "./theatre.ts";
import { Timeline } from "./Timeline.tsx";

/** Milliseconds between two readings of the story while nothing is played. */
const READ_EVERY = 1_000;
const HONEST = "A demo: what happens here is forgotten when it stops, and its clock can be moved.";

interface Props {
  readonly theatre: Theatre;
  /** Where the application is. */
  readonly application: string;
  /** Where the server is, for what is done by hand. */
  readonly address: string;
}

export function Page({ theatre, application, address }: Props): ReactNode {
  const scene = useSyncExternalStore(theatre.subscribe, theatre.getScene);
  const { status, reason, user } = useSession();
  useLife(theatre);
  const isLive = status === "authenticated";
  return (
    <main className={styles.page} aria-label="The demo">
      <a className="skip" href="#acts">
        Skip to the buttons
      </a>
      <header className={styles.head}>
        <span className={styles.brand}>
          <Mark />
          <h1>Keyturn, to be tried</h1>
        </span>
        <p className={styles.honest}>{HONEST}</p>
        <DemoClock ahead={scene.ahead} />
      </header>
      <div className={styles.stage}>
        <p className={styles.honestBelow}>{HONEST}</p>
        <div className={styles.application}>
          <Application
            address={application}
            name={user?.email ?? scene.facts?.email}
            isReady={hasBegun(scene)}
            entrances={scene.entrances}
          />
        </div>
        <div className={styles.acts} id="acts" tabIndex={-1}>
          <Acts scene={scene} address={address} onPlay={(act) => void theatre.play(act)} />
        </div>
        <div className={styles.session}>
          <div className={styles.standing}>
            <Standing scene={scene} isLive={isLive} isAsking={status === "authenticating"} reason={reason} onEnter={theatre.enter} />
          </div>
          <div className={styles.story}>
            <Timeline steps={scene.chronicle?.steps ?? []} />
          </div>
        </div>
      </div>
    </main>
  );
}

/** The frame waits for somebody to be signed in, so that it does not begin at the sign-in. */
function hasBegun({ chronicle, trouble }: Scene): boolean {
  return chronicle !== undefined || trouble !== undefined;
}

/** Opens the theatre, and reads the story again and again while somebody looks. */
function useLife(theatre: Theatre): void {
  const { status } = useSession();
  useEffect(() => {
    void theatre.open();
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void theatre.read();
    }, READ_EVERY);
    return () => clearInterval(timer);
  }, [theatre]);
  useEffect(() => {
    if (status !== "authenticating") void theatre.read();
  }, [theatre, status]);
}
