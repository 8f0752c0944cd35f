/**
 * A task to be written down, and one to be changed.
 */
import { KeyturnError } from "@keyturn/client";
import { type ReactNode, useState } from "react";

import type { Task } from "../api/api.ts";
import { useChange } from "../api/queries.ts";
import { changeTask, createTask, STALE, type TaskChange } from "../api/tasks.ts";
import { Button } from "../components/Button/Button.tsx";
import { Dialog } from "../components/Dialog/Dialog.tsx";
import { Failure } from "../components/Failure/Failure.tsx";
import { Field } from "../components/Field/Field.tsx";
import { Form } from "../components/Form/Form.tsx";
import { TextArea } from "../components/TextArea/TextArea.tsx";
import { useSubmission } from "../submission.ts";
import { useSurroundings } from "../surroundings.tsx";
import styles from "./TaskForms.module.css";

const TITLE_MAX = 200;
const NOTES_MAX = 10_000;

export function AddTask(): ReactNode {
  const { t, api } = useSurroundings();
  const create = useChange((title: string) => createTask(api, title), STALE);
  const [title, setTitle] = useState("");
  const submission = useSubmission(async () => {
    const written = title.trim();
    if (written === "") return;
    // At once, so that the next can be typed; what could not be kept comes back.
    setTitle("");
    await create.mutateAsync(written).catch((thrown: unknown) => {
      setTitle((typed) => (typed === "" ? written : typed));
      throw thrown;
    });
  });
  return (
    <form className={styles.add} onSubmit={submission.onSubmit} noValidate>
      <Failure refusal={submission.refusal} />
      <div className={styles.line}>
        <Field
          name="title"
          label={t("tasks_new")}
          error={submission.wrong("title")}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
          maxLength={TITLE_MAX}
          autoComplete="off"
        />
        <Button type="submit" look="primary" icon="plus" busy={submission.pending}>
          {t("tasks_add")}
        </Button>
      </div>
    </form>
  );
}

export function EditTask({ task, onClose }: { readonly task: Task; readonly onClose: () => void }): ReactNode {
  const { t, api } = useSurroundings();
  const change = useChange((to: TaskChange) => changeTask(api, task, to), STALE);
  const submission = useSubmission(async (typed) => {
    const due = typed("due_at");
    const to = { title: typed("title").trim(), notes: typed("notes"), due_at: due ? new Date(due).toISOString() : null };
    await change.mutateAsync(to).catch(inOurWords);
    onClose();
  });
  const inOurWords = (thrown: unknown): never => {
    const error = KeyturnError.from(thrown);
    throw error.status === 412 ? new KeyturnError(error.code, { status: 412, message: t("task_changed") }) : error;
  };
  return (
    <Dialog title={t("task_edit_title")} onClose={onClose}>
      <Form submission={submission} submit={t("save")} beside={<Button onClick={onClose}>{t("cancel")}</Button>}>
        <Field
          name="title"
          label={t("task_title")}
          error={submission.wrong("title")}
          defaultValue={task.title}
          maxLength={TITLE_MAX}
          required
        />
        <TextArea name="notes" label={t("task_notes")} defaultValue={task.notes} maxLength={NOTES_MAX} />
        <Field
          name="due_at"
          label={t("task_due")}
          error={submission.wrong("due_at")}
          type="datetime-local"
          defaultValue={localTime(task.due_at)}
          optional
        />
      </Form>
    </Dialog>
  );
}

/** A moment as `datetime-local` has it, in the reader's time zone. */
function localTime(iso: string | null): string {
  if (!iso) return "";
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
