/**
 * Who is signed in, and the way out.
 */
import { useSignOut } from "@keyturn/react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { Button } from "../components/Button/Button.tsx";
import { useTexts } from "../surroundings.tsx";
import styles from "./Who.module.css";

export function Who({ name }: { readonly name: string }): ReactNode {
  const t = useTexts();
  const { run: signOut, isPending } = useSignOut();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const leave = async (): Promise<void> => {
    await signOut();
    queries.clear();
    await navigate({ to: "/signin", search: {} });
  };
  return (
    <div className={styles.who}>
      <span className={styles.name} title={name}>
        <span className={styles.face} aria-hidden="true">
          {name.slice(0, 1).toUpperCase()}
        </span>
        <span className={styles.words}>{name}</span>
      </span>
      <Button look="quiet" icon="leave" busy={isPending} onClick={() => void leave()}>
        {t("sign_out")}
      </Button>
    </div>
  );
}
