/**
 * Who is signed in, and the way out.
 */
import { useSignOut } from "@keyturn/react";
import type { ReactNode } from "react";

import { Button } from "../components/Button/Button.tsx";
import { useTexts } from "../surroundings.tsx";
import { useLeaving } from "./leaving.ts";
import styles from "./Who.module.css";

export function Who({ name }: { readonly name: string }): ReactNode {
  const t = useTexts();
  const { run: signOut, isPending } = useSignOut();
  const leave = useLeaving();
  return (
    <div className={styles.who}>
      <span className={styles.name} title={name}>
        <span className={styles.face} aria-hidden="true">
          {name.slice(0, 1).toUpperCase()}
        </span>
        <span className={styles.words}>{name}</span>
      </span>
      <Button look="quiet" icon="leave" busy={isPending} onClick={() => void leave(signOut)}>
        {t("sign_out")}
      </Button>
    </div>
  );
}
