//! From rows to tasks. A row that no version of this program writes is an error that names its table and id, and never a default.

use jiff::Timestamp;
use rusqlite::types::{FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, Params, Row};
use uuid::Uuid;

use crate::model::{DeletedTask, Task, TaskId};
use crate::ports::StoreError;

/// The columns of a live task, as [`task`] reads them.
macro_rules! task_columns {
    () => {
        "id, title, notes, completed, due_at, created_at, updated_at, version"
    };
}

/// The columns of a deleted task, as [`deleted_task`] reads them.
macro_rules! deleted_columns {
    () => {
        "original_task_id, task_data, deleted_by_user_id, deleted_at, restorable_until"
    };
}

pub(super) use {deleted_columns, task_columns};

/// Why a statement gave nothing usable.
#[derive(Debug)]
pub(super) enum Fault {
    /// The engine refused it.
    Engine(rusqlite::Error),
    /// It met a damaged row.
    Damaged {
        table: &'static str,
        id: String,
        flaw: rusqlite::Error,
    },
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Engine(error) => Self::Unavailable(error.into()),
            Fault::Damaged { table, id, flaw } => Self::Damaged {
                table,
                id,
                source: flaw.into(),
            },
        }
    }
}

/// The live tasks that a statement finds.
pub(super) fn tasks(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<Task>, Fault> {
    found(connection, sql, values, "tasks", task)
}

/// The deleted tasks that a statement finds.
pub(super) fn deleted_tasks(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<Vec<DeletedTask>, Fault> {
    found(connection, sql, values, "deleted_tasks", deleted_task)
}

fn found<T>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    table: &'static str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let read = read(row).map_err(|flaw| Fault::Damaged {
            table,
            id: row
                .get::<_, Uuid>(0)
                .map_or_else(|_| "?".to_owned(), |id| id.to_string()),
            flaw,
        });
        found.push(read?);
    }
    Ok(found)
}

fn task(row: &Row<'_>) -> rusqlite::Result<Task> {
    Ok(Task {
        id: TaskId(row.get(0)?),
        title: row.get(1)?,
        notes: row.get(2)?,
        completed: row.get(3)?,
        due_at: row.get::<_, Option<Micros>>(4)?.map(|at| at.0),
        created_at: row.get::<_, Micros>(5)?.0,
        updated_at: row.get::<_, Micros>(6)?.0,
        version: row.get(7)?,
    })
}

fn deleted_task(row: &Row<'_>) -> rusqlite::Result<DeletedTask> {
    Ok(DeletedTask {
        original_task_id: TaskId(row.get(0)?),
        task_data: row.get::<_, Json>(1)?.0,
        deleted_by_user_id: row.get(2)?,
        deleted_at: row.get::<_, Micros>(3)?.0,
        restorable_until: row.get::<_, Micros>(4)?.0,
    })
}

/// A time in microseconds since 1970.
struct Micros(Timestamp);

impl rusqlite::types::FromSql for Micros {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let at = Timestamp::from_microsecond(value.as_i64()?);
        at.map(Self).map_err(FromSqlError::other)
    }
}

/// A task as JSON.
struct Json(Task);

impl rusqlite::types::FromSql for Json {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}
