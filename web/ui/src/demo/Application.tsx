/**
 * The application in the person's browser: the web interface itself, in a frame.
 *
 * The caveat: whenever the page signs the person in, it begins anew, since it may stand at its own sign-in.
 */
import type { ReactNode } from "react";

import styles from "./Application.module.css";

interface Props {
  readonly address: string;
  readonly name: string | undefined;
  readonly isReady: boolean;
  readonly entrances: number;
}

export function Application({ address, name, isReady, entrances }: Props): ReactNode {
  return (
    <section className={styles.browser} aria-label="The application">
      <div className={styles.bar}>
        <span className={styles.dots} aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        <p className={styles.name}>{name ?? "Ann’s browser"}</p>
        <a href={address} target="_blank" rel="noreferrer">
          Open in a tab
        </a>
      </div>
      {isReady ? (
        <iframe key={entrances} className={styles.frame} src={address} title="The application, signed in" />
      ) : (
        <p className={styles.waiting}>Ann is being signed in …</p>
      )}
    </section>
  );
}
