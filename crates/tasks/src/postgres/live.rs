//! Table `tasks`.

use async_trait::async_trait;
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::PostgresTasks;
use super::rows::{task_columns, tasks, won};
use crate::model::{Task, TaskId, UserId};
use crate::page::{Filter, Page};
use crate::ports::{CreateOutcome, Delete, Effect, LiveTasks, StoreError, Update};

#[async_trait]
impl LiveTasks for PostgresTasks {
    async fn create(&self, owner: &UserId, task: &Task, most: u32) -> Result<CreateOutcome, StoreError> {
        const SQL: &str = concat!(
            "WITH gone AS (SELECT 1 FROM tasks.gone_users WHERE user_id = $1),
                had AS (SELECT count(*) AS number FROM (SELECT 1 FROM tasks.tasks WHERE user_id = $1
                    UNION ALL SELECT 1 FROM tasks.deleted_tasks WHERE user_id = $1 LIMIT $11) AS one),
                made AS (INSERT INTO tasks.tasks (user_id, folded, ",
            task_columns!(),
            ") SELECT $1::text, $2::text, $3::uuid, $4::text, $5::text, $6::boolean, $7::timestamptz, $8::timestamptz,
                        $9::timestamptz, $10::bigint FROM had
                    WHERE had.number < $11 AND NOT EXISTS (SELECT 1 FROM gone) RETURNING 1)
            SELECT EXISTS (SELECT 1 FROM made), EXISTS (SELECT 1 FROM gone)"
        );
        let rows = self
            .connections
            .write(
                owner,
                SQL,
                &[
                    &owner.0,
                    &task.folded(),
                    &task.id.0,
                    &task.title,
                    &task.notes,
                    &task.completed,
                    &task.due_at,
                    &task.created_at,
                    &task.updated_at,
                    &task.version,
                    &i64::from(most),
                ],
            )
            .await?;
        let told = rows.first().map(|row| (row.get(0), row.get(1)));
        Ok(match told {
            Some((true, _)) => CreateOutcome::Created,
            Some((_, true)) => CreateOutcome::Gone,
            _ => CreateOutcome::Full,
        })
    }

    async fn find(&self, owner: &UserId, id: TaskId) -> Result<Option<Task>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            task_columns!(),
            " FROM tasks.tasks WHERE user_id = $1 AND id = $2"
        );
        let rows = self.connections.read(SQL, &[&owner.0, &id.0]).await?;
        Ok(tasks(&rows)?.pop())
    }

    async fn list(
        &self,
        owner: &UserId,
        filter: &Filter,
        page: Page<TaskId>,
    ) -> Result<Vec<Task>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            task_columns!(),
            " FROM tasks.tasks WHERE user_id = $1 AND id < $2 AND ($3::boolean IS NULL OR completed = $3)
                AND ($4::text IS NULL OR position($4 IN folded) > 0) ORDER BY id DESC LIMIT $5"
        );
        // Higher than any: ids are of version 7.
        let behind = page.behind.map_or(Uuid::max(), |id| id.0);
        let limit = i64::from(page.limit);
        let rows = self
            .connections
            .read(
                SQL,
                &[&owner.0, &behind, &filter.completed, &filter.folded, &limit],
            )
            .await?;
        tasks(&rows)
    }

    async fn update(&self, owner: &UserId, update: Update) -> Result<Effect<()>, StoreError> {
        const SQL: &str =
            "UPDATE tasks.tasks SET title = $4, notes = $5, folded = $6, completed = $7, due_at = $8,
                updated_at = $9, version = $10 WHERE user_id = $1 AND id = $2 AND version = $3 RETURNING 1";
        let task = &update.task;
        let rows = self
            .connections
            .write(
                owner,
                SQL,
                &[
                    &owner.0,
                    &task.id.0,
                    &update.version,
                    &task.title,
                    &task.notes,
                    &task.folded(),
                    &task.completed,
                    &task.due_at,
                    &task.updated_at,
                    &task.version,
                ],
            )
            .await?;
        Ok(won(&rows))
    }

    async fn delete(&self, owner: &UserId, Delete { deleted }: Delete) -> Result<Effect<()>, StoreError> {
        const SQL: &str = "WITH taken AS
                (DELETE FROM tasks.tasks WHERE user_id = $1 AND id = $2 AND version = $7 RETURNING 1)
            INSERT INTO tasks.deleted_tasks (user_id, original_task_id, task_data, deleted_by_user_id, deleted_at,
                restorable_until)
            SELECT $1::text, $2::uuid, $3::jsonb, $4::text, $5::timestamptz, $6::timestamptz FROM taken RETURNING 1";
        let rows = self
            .connections
            .write(
                owner,
                SQL,
                &[
                    &owner.0,
                    &deleted.original_task_id.0,
                    &Json(&deleted.task_data),
                    &deleted.deleted_by_user_id,
                    &deleted.deleted_at,
                    &deleted.restorable_until,
                    &deleted.task_data.version,
                ],
            )
            .await?;
        Ok(won(&rows))
    }
}
