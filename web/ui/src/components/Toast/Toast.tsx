/**
 * What has just been done, at the lower edge, with a way to undo it.
 *
 * The rule: it does not vanish by itself while the way to undo is in it (WCAG 2.2, 2.2.1): the next one takes its place, or the
 * person closes it.
 */
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

import { useTexts } from "../../surroundings.tsx";
import { Button } from "../Button/Button.tsx";
import styles from "./Toast.module.css";

export interface Said {
  readonly words: string;
  readonly undo?: () => void;
}

interface Toasts {
  say(said: Said): void;
}

const Context = createContext<Toasts>({ say: () => undefined });

export function useToasts(): Toasts {
  return useContext(Context);
}

export function ToastProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const t = useTexts();
  const [said, say] = useState<Said>();
  const toasts = useMemo(() => ({ say }), []);
  const close = (): void => say(undefined);
  const undo = (): void => {
    close();
    said?.undo?.();
  };
  return (
    <Context value={toasts}>
      {children}
      <div className={styles.place} role="status">
        {said && (
          <div className={styles.toast}>
            <span>{said.words}</span>
            {said.undo && (
              <button type="button" className={styles.undo} onClick={undo}>
                {t("undo")}
              </button>
            )}
            <Button look="quiet" icon="close" aria-label={t("close")} onClick={close} />
          </div>
        )}
      </div>
    </Context>
  );
}
