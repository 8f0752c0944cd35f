//! Table `deleted_tasks`.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::SqliteTasks;
use super::live::{insert, won};
use super::rows::{deleted_columns, deleted_tasks};
use crate::model::{DeletedTask, TaskId, UserId};
use crate::page::{DeletedCursor, Page};
use crate::ports::{DeletedTasks, Effect, StoreError};

#[async_trait]
impl DeletedTasks for SqliteTasks {
    async fn find_deleted(
        &self,
        owner: &UserId,
        id: TaskId,
        now: Timestamp,
    ) -> Result<Option<DeletedTask>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            deleted_columns!(),
            " FROM deleted_tasks WHERE user_id = ?1 AND original_task_id = ?2 AND restorable_until > ?3"
        );
        let owner = owner.clone();
        let find = move |connection: &Connection| {
            deleted_tasks(connection, SQL, params![owner.0, id.0, now.as_microsecond()])
        };
        Ok(self.connections.read(find).await?.pop())
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
            " FROM deleted_tasks WHERE user_id = ?1 AND restorable_until > ?2
                AND (deleted_at, original_task_id) < (?3, ?4)
                ORDER BY deleted_at DESC, original_task_id DESC LIMIT ?5"
        );
        let owner = owner.clone();
        let (at, id) = page.behind.map_or((i64::MAX, uuid::Uuid::max()), |behind| {
            (behind.deleted_at.as_microsecond(), behind.original_task_id.0)
        });
        let list = move |connection: &Connection| {
            let values = params![owner.0, now.as_microsecond(), at, id, page.limit];
            deleted_tasks(connection, SQL, values)
        };
        self.connections.read(list).await
    }

    async fn restore(
        &self,
        owner: &UserId,
        deleted: &DeletedTask,
        now: Timestamp,
    ) -> Result<Effect<()>, StoreError> {
        const TAKE: &str = "DELETE FROM deleted_tasks
            WHERE user_id = ?1 AND original_task_id = ?2 AND deleted_at = ?3 AND restorable_until > ?4";
        let (owner, deleted) = (owner.clone(), deleted.clone());
        let restore = move |connection: &Connection| {
            let values = params![
                owner.0,
                deleted.original_task_id.0,
                deleted.deleted_at.as_microsecond(),
                now.as_microsecond(),
            ];
            let taken = connection.execute(TAKE, values)?;
            if taken > 0 {
                insert(connection, &owner, &deleted.task_data)?;
            }
            Ok(won(taken))
        };
        self.connections.write(restore).await
    }

    async fn remove(&self, owner: &UserId, id: TaskId, now: Timestamp) -> Result<Effect<()>, StoreError> {
        const SQL: &str = "DELETE FROM deleted_tasks
            WHERE user_id = ?1 AND original_task_id = ?2 AND restorable_until > ?3";
        let owner = owner.clone();
        let remove = move |connection: &Connection| {
            Ok(won(
                connection.execute(SQL, params![owner.0, id.0, now.as_microsecond()])?
            ))
        };
        self.connections.write(remove).await
    }
}
