/**
 * The way through a list in pages: to the first one, and on.
 */
import type { ReactNode } from "react";

import { useTexts } from "../../surroundings.tsx";
import { Button } from "../Button/Button.tsx";
import styles from "./LoadMore.module.css";

interface Props<Cursor> {
  readonly at: Cursor | undefined;
  readonly next: Cursor | null | undefined;
  readonly onGo: (cursor: Cursor | undefined) => void;
}

export function LoadMore<Cursor extends string | number>({ at, next, onGo }: Props<Cursor>): ReactNode {
  const t = useTexts();
  if (at === undefined && (next === null || next === undefined)) return null;
  return (
    <nav className={styles.pages} aria-label={t("more_label")}>
      {at !== undefined && <Button onClick={() => onGo(undefined)}>{t("to_start")}</Button>}
      {next !== null && next !== undefined && <Button onClick={() => onGo(next)}>{t("more")}</Button>}
    </nav>
  );
}
