/**
 * A form with what failed above it. The server judges what was typed; the browser's own bubbles stay away.
 */
import type { ReactNode } from "react";

import type { Submission } from "../../submission.ts";
import { Button } from "../Button/Button.tsx";
import { Failure } from "../Failure/Failure.tsx";
import styles from "./Form.module.css";

interface Props {
  readonly submission: Submission;
  readonly submit: string;
  readonly look?: "primary" | "second" | "danger";
  /** Stands beside the button. */
  readonly beside?: ReactNode;
  readonly children: ReactNode;
}

export function Form({ submission, submit, look = "primary", beside, children }: Props): ReactNode {
  return (
    <form className={styles.form} onSubmit={submission.onSubmit} noValidate>
      <Failure refusal={submission.refusal} />
      {children}
      <div className={styles.actions}>
        <Button type="submit" look={look} busy={submission.pending}>
          {submit}
        </Button>
        {beside}
      </div>
    </form>
  );
}
