//! From rows to tasks. A row that no version of this program writes is an error that names its table and id, and never a default.

use std::error::Error;

use tokio_postgres::Row;
use tokio_postgres::types::Json;
use uuid::Uuid;

use crate::model::{DeletedTask, Task, TaskId};
use crate::ports::{Effect, StoreError};

/// The columns of a live task, as [`tasks`] reads them.
macro_rules! task_columns {
    () => {
        "id, title, notes, completed, due_at, created_at, updated_at, version"
    };
}

/// The columns of a deleted task, as [`deleted_tasks`] reads them.
macro_rules! deleted_columns {
    () => {
        "original_task_id, task_data, deleted_by_user_id, deleted_at, restorable_until"
    };
}

pub(super) use {deleted_columns, task_columns};

/// Why a statement gave nothing usable.
#[derive(Debug)]
pub(super) enum Fault {
    /// The engine refused it, or the connection to it broke.
    Engine(tokio_postgres::Error),
    /// No connection could be had, or no answer came in time.
    Unreachable(Box<dyn Error + Send + Sync>),
}

impl Fault {
    /// Whether the connection was lost, and not the statement refused.
    pub(super) fn is_lost_connection(&self) -> bool {
        matches!(self, Self::Engine(error) if error.as_db_error().is_none())
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Engine(error) => Self::Unavailable(error.into()),
            Fault::Unreachable(cause) => Self::Unavailable(cause),
        }
    }
}

/// The live tasks of these rows.
pub(super) fn tasks(rows: &[Row]) -> Result<Vec<Task>, StoreError> {
    found(rows, "tasks", task)
}

/// The deleted tasks of these rows.
pub(super) fn deleted_tasks(rows: &[Row]) -> Result<Vec<DeletedTask>, StoreError> {
    found(rows, "deleted_tasks", deleted_task)
}

/// Whether the condition of an effect held, which answers a row where it did.
pub(super) const fn won(rows: &[Row]) -> Effect<()> {
    if rows.is_empty() {
        Effect::Lost
    } else {
        Effect::Won(())
    }
}

fn found<T>(
    rows: &[Row],
    table: &'static str,
    read: impl Fn(&Row) -> Result<T, tokio_postgres::Error>,
) -> Result<Vec<T>, StoreError> {
    let damaged = |row: &Row, flaw: tokio_postgres::Error| StoreError::Damaged {
        table,
        id: row
            .try_get::<_, Uuid>(0)
            .map_or_else(|_| "?".to_owned(), |id| id.to_string()),
        source: flaw.into(),
    };
    rows.iter()
        .map(|row| read(row).map_err(|flaw| damaged(row, flaw)))
        .collect()
}

fn task(row: &Row) -> Result<Task, tokio_postgres::Error> {
    Ok(Task {
        id: TaskId(row.try_get(0)?),
        title: row.try_get(1)?,
        notes: row.try_get(2)?,
        completed: row.try_get(3)?,
        due_at: row.try_get(4)?,
        created_at: row.try_get(5)?,
        updated_at: row.try_get(6)?,
        version: row.try_get(7)?,
    })
}

fn deleted_task(row: &Row) -> Result<DeletedTask, tokio_postgres::Error> {
    Ok(DeletedTask {
        original_task_id: TaskId(row.try_get(0)?),
        task_data: row.try_get::<_, Json<Task>>(1)?.0,
        deleted_by_user_id: row.try_get(2)?,
        deleted_at: row.try_get(3)?,
        restorable_until: row.try_get(4)?,
    })
}
