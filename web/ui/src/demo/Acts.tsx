/**
 * The buttons, each with what it will show, what it showed, and how to do the same by hand.
 */
import type { ReactNode } from "react";

import { ActCard } from "./ActCard.tsx";
import { ACTS, type Act } from "./acts/index.ts";
import styles from "./Acts.module.css";
import type { Scene } from "./theatre.ts";

interface Props {
  readonly scene: Scene;
  readonly address: string;
  readonly onPlay: (act: Act) => void;
}

export function Acts({ scene, address, onPlay }: Props): ReactNode {
  return (
    <section aria-labelledby="acts-title">
      <h2 id="acts-title" className={styles.title}>
        What usually goes wrong
      </h2>
      <ul className={styles.acts}>
        {ACTS.map((act) => (
          <ActCard
            key={act.name}
            act={act}
            result={scene.results[act.name]}
            isLatest={scene.latest === act.name}
            isPlaying={scene.playing === act.name}
            isTaken={scene.playing !== undefined || !scene.facts}
            facts={scene.facts}
            address={address}
            onPlay={() => onPlay(act)}
          />
        ))}
      </ul>
    </section>
  );
}
