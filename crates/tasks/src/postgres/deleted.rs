//! Table `deleted_tasks`.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::PostgresTasks;
use super::rows::{deleted_columns, deleted_tasks, task_columns, won};
use crate::model::{DeletedTask, TaskId, UserId};
use crate::page::{DeletedCursor, Page};
use crate::ports::{DeletedTasks, Effect, StoreError};

#[async_trait]
impl DeletedTasks for PostgresTasks {
    async fn find_deleted(
        &self,
        owner: &UserId,
        id: TaskId,
        now: Timestamp,
    ) -> Result<Option<DeletedTask>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            deleted_columns!(),
            " FROM tasks.deleted_tasks WHERE user_id = $1 AND original_task_id = $2 AND restorable_until > $3"
        );
        let rows = self.connections.read(SQL, &[&owner.0, &id.0, &now]).await?;
        Ok(deleted_tasks(&rows)?.pop())
    }

    async fn list_deleted(
        &self,
        owner: &UserId,
        now: Timestamp,
        page: Page<DeletedCursor>,
    ) -> Result<Vec<DeletedTask>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            deleted_columns!(),
            " FROM tasks.deleted_tasks WHERE user_id = $1 AND restorable_until > $2
                AND ($3::timestamptz IS NULL OR (deleted_at, original_task_id) < ($3, $4::uuid))
                ORDER BY deleted_at DESC, original_task_id DESC LIMIT $5"
        );
        let at = page.behind.map(|behind| behind.deleted_at);
        let id = page
            .behind
            .map_or(Uuid::max(), |behind| behind.original_task_id.0);
        let limit = i64::from(page.limit);
        let rows = self
            .connections
            .read(SQL, &[&owner.0, &now, &at, &id, &limit])
            .await?;
        deleted_tasks(&rows)
    }

    async fn restore(
        &self,
        owner: &UserId,
        deleted: &DeletedTask,
        now: Timestamp,
    ) -> Result<Effect<()>, StoreError> {
        const SQL: &str = concat!(
            "WITH taken AS (DELETE FROM tasks.deleted_tasks WHERE user_id = $1 AND original_task_id = $3
                    AND deleted_at = $11 AND restorable_until > $12 RETURNING 1)
            INSERT INTO tasks.tasks (user_id, folded, ",
            task_columns!(),
            ") SELECT $1::text, $2::text, $3::uuid, $4::text, $5::text, $6::boolean, $7::timestamptz, $8::timestamptz,
                $9::timestamptz, $10::bigint FROM taken RETURNING 1"
        );
        let task = &deleted.task_data;
        let rows = self
            .connections
            .write(
                owner,
                SQL,
                &[
                    &owner.0,
                    &task.folded(),
                    &deleted.original_task_id.0,
                    &task.title,
                    &task.notes,
                    &task.completed,
                    &task.due_at,
                    &task.created_at,
                    &task.updated_at,
                    &task.version,
                    &deleted.deleted_at,
                    &now,
                ],
            )
            .await?;
        Ok(won(&rows))
    }

    async fn remove(&self, owner: &UserId, id: TaskId, now: Timestamp) -> Result<Effect<()>, StoreError> {
        const SQL: &str = "DELETE FROM tasks.deleted_tasks
            WHERE user_id = $1 AND original_task_id = $2 AND restorable_until > $3 RETURNING 1";
        let rows = self
            .connections
            .write(owner, SQL, &[&owner.0, &id.0, &now])
            .await?;
        Ok(won(&rows))
    }
}
