//! Table `tasks`.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::SqliteTasks;
use super::rows::{Fault, task_columns, tasks};
use crate::model::{Task, TaskId, UserId};
use crate::page::{Filter, Page};
use crate::ports::{CreateOutcome, Delete, Effect, LiveTasks, StoreError, Update};

#[async_trait]
impl LiveTasks for SqliteTasks {
    async fn create(&self, owner: &UserId, task: &Task, most: u32) -> Result<CreateOutcome, StoreError> {
        const GONE: &str = "SELECT 1 FROM gone_users WHERE user_id = ?1";
        const HAS: &str = "SELECT count(*) FROM (SELECT 1 FROM tasks WHERE user_id = ?1
            UNION ALL SELECT 1 FROM deleted_tasks WHERE user_id = ?1 LIMIT ?2)";
        let (owner, task) = (owner.clone(), task.clone());
        let create = move |connection: &Connection| {
            if connection
                .query_row(GONE, [&owner.0], |_| Ok(()))
                .optional()?
                .is_some()
            {
                return Ok(CreateOutcome::Gone);
            }
            let has: u32 = connection.query_row(HAS, params![owner.0, most], |row| row.get(0))?;
            if has >= most {
                return Ok(CreateOutcome::Full);
            }
            insert(connection, &owner, &task)?;
            Ok(CreateOutcome::Created)
        };
        self.connections.write(create).await
    }

    async fn find(&self, owner: &UserId, id: TaskId) -> Result<Option<Task>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            task_columns!(),
            " FROM tasks WHERE user_id = ?1 AND id = ?2"
        );
        let owner = owner.clone();
        let found = self
            .connections
            .read(move |connection| tasks(connection, SQL, params![owner.0, id.0]));
        Ok(found.await?.pop())
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
            " FROM tasks WHERE user_id = ?1 AND id < ?2 AND (?3 IS NULL OR completed = ?3)
                AND (?4 IS NULL OR instr(folded, ?4) > 0) ORDER BY id DESC LIMIT ?5"
        );
        let (owner, filter) = (owner.clone(), filter.clone());
        // Higher than any: ids are of version 7.
        let behind = page.behind.map_or(uuid::Uuid::max(), |id| id.0);
        let list = move |connection: &Connection| {
            let values = params![owner.0, behind, filter.completed, filter.folded, page.limit];
            tasks(connection, SQL, values)
        };
        self.connections.read(list).await
    }

    async fn update(&self, owner: &UserId, update: Update) -> Result<Effect<()>, StoreError> {
        const SQL: &str = "UPDATE tasks SET title = ?4, notes = ?5, folded = ?6, completed = ?7, due_at = ?8,
                updated_at = ?9, version = ?10 WHERE user_id = ?1 AND id = ?2 AND version = ?3";
        let owner = owner.clone();
        let change = move |connection: &Connection| {
            let task = &update.task;
            let values = params![
                owner.0,
                task.id.0,
                update.version,
                task.title,
                task.notes,
                task.folded(),
                task.completed,
                task.due_at.map(Timestamp::as_microsecond),
                task.updated_at.as_microsecond(),
                task.version,
            ];
            Ok(won(connection.execute(SQL, values)?))
        };
        self.connections.write(change).await
    }

    async fn delete(&self, owner: &UserId, Delete { deleted }: Delete) -> Result<Effect<()>, StoreError> {
        const TAKE: &str = "DELETE FROM tasks WHERE user_id = ?1 AND id = ?2 AND version = ?3";
        const KEEP: &str =
            "INSERT INTO deleted_tasks (user_id, original_task_id, task_data, deleted_by_user_id,
                deleted_at, restorable_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let owner = owner.clone();
        let task_data = serde_json::to_string(&deleted.task_data);
        let task_data = task_data.map_err(|error| StoreError::Unavailable(error.into()))?;
        let delete = move |connection: &Connection| {
            let id = deleted.original_task_id.0;
            let taken = connection.execute(TAKE, params![owner.0, id, deleted.task_data.version])?;
            if taken > 0 {
                let values = params![
                    owner.0,
                    id,
                    task_data,
                    deleted.deleted_by_user_id,
                    deleted.deleted_at.as_microsecond(),
                    deleted.restorable_until.as_microsecond(),
                ];
                connection.execute(KEEP, values)?;
            }
            Ok(won(taken))
        };
        self.connections.write(delete).await
    }
}

pub(super) fn insert(connection: &Connection, owner: &UserId, task: &Task) -> Result<(), Fault> {
    const SQL: &str = concat!(
        "INSERT INTO tasks (user_id, folded, ",
        task_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    );
    let values = params![
        owner.0,
        task.folded(),
        task.id.0,
        task.title,
        task.notes,
        task.completed,
        task.due_at.map(Timestamp::as_microsecond),
        task.created_at.as_microsecond(),
        task.updated_at.as_microsecond(),
        task.version,
    ];
    connection.execute(SQL, values)?;
    Ok(())
}

/// Whether the condition of an effect on one row held.
pub(super) const fn won(rows: usize) -> Effect<()> {
    match rows {
        0 => Effect::Lost,
        _ => Effect::Won(()),
    }
}
