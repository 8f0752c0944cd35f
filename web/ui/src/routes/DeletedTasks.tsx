/**
 * Tasks that were deleted and can be brought back, with the time that is left for it.
 */
import { KeyturnError } from "@keyturn/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import type { DeletedTask } from "../api/api.ts";
import { useChange } from "../api/queries.ts";
import { deletedTasksQuery, forgetTask, restoreTask, STALE } from "../api/tasks.ts";
import { Asked } from "../components/Asked/Asked.tsx";
import { Button } from "../components/Button/Button.tsx";
import { Card } from "../components/Card/Card.tsx";
import { Confirming } from "../components/Confirming/Confirming.tsx";
import { EmptyState } from "../components/EmptyState/EmptyState.tsx";
import { Failure } from "../components/Failure/Failure.tsx";
import { More } from "../components/More/More.tsx";
import { PageHead } from "../components/PageHead/PageHead.tsx";
import { Skeleton } from "../components/Skeleton/Skeleton.tsx";
import { Time } from "../components/Time/Time.tsx";
import { useToasts } from "../components/Toast/Toast.tsx";
import { useSurroundings } from "../surroundings.tsx";
import styles from "./DeletedTasks.module.css";

export function DeletedTasks(): ReactNode {
  const { t, api } = useSurroundings();
  const query = useInfiniteQuery(deletedTasksQuery(api));
  return (
    <>
      <PageHead title={t("deleted_title")} lead={t("deleted_lead")} />
      <Card flush>
        <Asked query={query} waiting={<Skeleton rows={4} />}>
          {({ pages }) => <Listed deleted={pages.flatMap((page) => page.items)} />}
        </Asked>
        <More query={query} />
      </Card>
    </>
  );
}

function Listed({ deleted }: { readonly deleted: readonly DeletedTask[] }): ReactNode {
  const { t } = useSurroundings();
  if (deleted.length === 0) {
    return (
      <EmptyState icon="trash" title={t("deleted_empty_title")}>
        <p>{t("deleted_empty_text")}</p>
      </EmptyState>
    );
  }
  return (
    <ul className="rows">
      {deleted.map((task) => (
        <Row key={task.original_task_id} deleted={task} />
      ))}
    </ul>
  );
}

function Row({ deleted }: { readonly deleted: DeletedTask }): ReactNode {
  const { t, api } = useSurroundings();
  const { say } = useToasts();
  const [asking, setAsking] = useState(false);
  const { title } = deleted.task_data;
  const restore = useChange(() => restoreTask(api, deleted.original_task_id), STALE);
  const forget = useChange(() => forgetTask(api, deleted), STALE);
  const restoring = async (): Promise<void> => {
    await restore.mutateAsync(undefined);
    say({ words: t("task_restored", { title }) });
  };
  return (
    <li className={styles.row}>
      <div>
        <p className={styles.title}>{title}</p>
        <p className="soft small">
          {t("deleted_at")} <Time at={deleted.deleted_at} /> · {t("deleted_gone")} <Time at={deleted.restorable_until} ahead />
        </p>
        {restore.error && <Failure refusal={KeyturnError.from(restore.error)} />}
      </div>
      <div className={styles.actions}>
        <Button
          icon="undo"
          busy={restore.isPending}
          aria-label={t("deleted_restore_of", { title })}
          onClick={() => void restoring().catch(() => undefined)}
        >
          {t("deleted_restore")}
        </Button>
        <Button look="quiet" icon="trash" aria-label={t("deleted_forget_of", { title })} onClick={() => setAsking(true)} />
      </div>
      {asking && (
        <Confirming
          title={t("deleted_forget_title")}
          text={t("deleted_forget_text", { title })}
          submit={t("deleted_forget")}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await forget.mutateAsync(undefined);
            say({ words: t("deleted_forgotten", { title }) });
          }}
        />
      )}
    </li>
  );
}
