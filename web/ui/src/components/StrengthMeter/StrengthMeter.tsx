/**
 * How hard a password seems to guess: four bars and a word. Before anything is typed, the advice stands in its place, so that nothing jumps.
 */
import type { ReactNode } from "react";

import { estimate } from "../../strength.ts";
import { useTexts } from "../../surroundings.tsx";
import type { TextName } from "../../texts.ts";
import styles from "./StrengthMeter.module.css";

const WORDS: readonly TextName[] = ["strength_0", "strength_1", "strength_2", "strength_3", "strength_4"];

interface Props {
  readonly password: string;
  readonly known: readonly string[];
}

export function StrengthMeter({ password, known }: Props): ReactNode {
  const t = useTexts();
  const { strength, missing } = estimate(password, known);
  const words = missing > 0 ? t.counted("strength_missing", missing) : t(WORDS[strength] ?? "strength_0");
  return (
    <div className={styles.meter} data-strength={password === "" ? "none" : strength}>
      <span className={styles.bars} aria-hidden="true">
        {[1, 2, 3, 4].map((bar) => (
          <span key={bar} data-filled={password !== "" && bar <= Math.max(1, strength)} />
        ))}
      </span>
      <span className={styles.words} aria-live="polite">
        {password === "" ? t("new_password_hint") : words}
      </span>
    </div>
  );
}
