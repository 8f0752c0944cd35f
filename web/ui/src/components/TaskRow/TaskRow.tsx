/**
 * One task: done or not, what and when, and what can be done with it.
 */
import type { ReactNode } from "react";

import type { Task } from "../../api/api.ts";
import { useTexts } from "../../surroundings.tsx";
import { Badge } from "../Badge/Badge.tsx";
import { Button } from "../Button/Button.tsx";
import { Time } from "../Time/Time.tsx";
import styles from "./TaskRow.module.css";

interface Props {
  readonly task: Task;
  readonly onComplete: (completed: boolean) => void;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
}

export function TaskRow({ task, onComplete, onEdit, onDelete }: Props): ReactNode {
  const t = useTexts();
  const { title, completed } = task;
  return (
    <li className={styles.row} data-completed={completed}>
      <input
        type="checkbox"
        className={styles.done}
        checked={completed}
        aria-label={t(completed ? "task_reopen" : "task_complete", { title })}
        onChange={(event) => onComplete(event.currentTarget.checked)}
      />
      <div className={styles.words}>
        <p className={styles.title}>{title}</p>
        {task.notes && <p className={styles.notes}>{task.notes}</p>}
        {task.due_at && <Due at={task.due_at} completed={completed} />}
      </div>
      <div className={styles.actions}>
        <Button look="quiet" icon="edit" aria-label={t("task_edit", { title })} onClick={onEdit} />
        <Button look="quiet" icon="trash" aria-label={t("task_delete", { title })} onClick={onDelete} />
      </div>
    </li>
  );
}

function Due({ at, completed }: { readonly at: string; readonly completed: boolean }): ReactNode {
  const t = useTexts();
  const isOverdue = !completed && Date.parse(at) < Date.now();
  return (
    <p className={styles.due}>
      {t("task_due")} <Time at={at} exact ahead /> {isOverdue && <Badge look="warning">{t("task_overdue")}</Badge>}
    </p>
  );
}
