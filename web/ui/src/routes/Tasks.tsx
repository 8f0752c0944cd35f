/**
 * What a person has to do: add, mark as done, edit, delete and take that back.
 */
import { KeyturnError } from "@keyturn/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import type { Task } from "../api/api.ts";
import { useChange } from "../api/queries.ts";
import { changeTask, deleteTask, restoreTask, type Shown, STALE, tasksQuery } from "../api/tasks.ts";
import { Asked } from "../components/Asked/Asked.tsx";
import { Card } from "../components/Card/Card.tsx";
import { EmptyState } from "../components/EmptyState/EmptyState.tsx";
import { Failure, wordsFor } from "../components/Failure/Failure.tsx";
import { More } from "../components/More/More.tsx";
import { PageHead } from "../components/PageHead/PageHead.tsx";
import { Skeleton } from "../components/Skeleton/Skeleton.tsx";
import { Tabs } from "../components/Tabs/Tabs.tsx";
import { TaskRow } from "../components/TaskRow/TaskRow.tsx";
import { useToasts } from "../components/Toast/Toast.tsx";
import { useSurroundings } from "../surroundings.tsx";
import { AddTask, EditTask } from "./TaskForms.tsx";

export function Tasks(): ReactNode {
  const { t, api } = useSurroundings();
  const { show } = useSearch({ from: "/shell/tasks" });
  const shown: Shown = show === "done" || show === "all" ? show : "open";
  const query = useInfiniteQuery(tasksQuery(api, shown));
  return (
    <>
      <PageHead title={t("tasks_title")} />
      <AddTask />
      <Tabs label={t("tasks_show")}>
        {(["open", "done", "all"] as const).map((kind) => (
          <Link
            key={kind}
            to="/tasks"
            search={kind === "open" ? {} : { show: kind }}
            activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
          >
            {t(`tasks_${kind}`)}
          </Link>
        ))}
      </Tabs>
      <Card flush>
        <Asked query={query} waiting={<Skeleton rows={4} />}>
          {({ pages }) => <Listed tasks={pages.flatMap((page) => page.items)} shown={shown} />}
        </Asked>
        <More query={query} />
      </Card>
    </>
  );
}

function Listed({ tasks, shown }: { readonly tasks: readonly Task[]; readonly shown: Shown }): ReactNode {
  const { t } = useSurroundings();
  const [edited, setEdited] = useState<Task>();
  if (tasks.length === 0) {
    return shown === "done" ? (
      <EmptyState icon="check" title={t("tasks_empty_done")} />
    ) : (
      <EmptyState icon="tasks" title={t("tasks_empty_title")}>
        <p>{t("tasks_empty_text")}</p>
      </EmptyState>
    );
  }
  return (
    <>
      <ul className="rows">
        {tasks.map((task) => (
          <Acting key={task.id} task={task} onEdit={() => setEdited(task)} />
        ))}
      </ul>
      {edited && <EditTask task={edited} onClose={() => setEdited(undefined)} />}
    </>
  );
}

function Acting({ task, onEdit }: { readonly task: Task; readonly onEdit: () => void }): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const { title } = task;
  const complete = useChange((completed: boolean) => changeTask(api, task, { completed }), STALE);
  const restore = useChange(() => restoreTask(api, task.id), STALE);
  const remove = useChange(() => deleteTask(api, task), STALE);
  // What becomes of these is said here and not in `onSuccess` of `mutate`, which is forgotten once the row is gone.
  const undo = (): void =>
    void restore.mutateAsync(undefined).then(
      () => say({ words: t("task_restored", { title }) }),
      (thrown: unknown) => say({ words: wordsFor(KeyturnError.from(thrown), t), undo }),
    );
  const removing = (): void => void remove.mutateAsync(undefined).then(() => say({ words: t("task_deleted", { title }), undo }), ignored);
  const failure = complete.error ?? remove.error;
  return (
    <>
      <TaskRow
        task={complete.isPending ? { ...task, completed: complete.variables } : task}
        onComplete={(completed) => complete.mutate(completed)}
        onEdit={onEdit}
        onDelete={removing}
      />
      {failure && (
        <li>
          <Failure refusal={KeyturnError.from(failure)} />
        </li>
      )}
    </>
  );
}

/** What failed stands in the mutation, and is shown from there. */
function ignored(): void {}
