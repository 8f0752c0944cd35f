/**
 * Something to be pasted into a terminal, with a button that copies it.
 */
import { type ReactNode, useState } from "react";

import { Button } from "../components/Button/Button.tsx";
import styles from "./Copyable.module.css";

export function Copyable({ label, text }: { readonly label: string; readonly text: string }): ReactNode {
  const [said, say] = useState("Copy");
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => say("Copied"),
      () => say("Mark it and copy"),
    );
  };
  return (
    <div className={styles.copyable}>
      <pre className={styles.text}>{text}</pre>
      <Button look="quiet" aria-label={`${said} ${label}`} onClick={copy}>
        {said}
      </Button>
    </div>
  );
}
