//! From rows to what the rules speak of.
//!
//! A row is read column by column, in the order of its `COLUMNS`. One that no version of this program writes is an error that
//! names its table and id, and never a default.

use std::error::Error;
use std::str::FromStr;

use jiff::Timestamp;
use keyturn_core::ports::StoreError;
use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{ErrorCode, Row};
use uuid::Uuid;

/// What is wrong with a column.
pub(super) type Flaw = Box<dyn Error + Send + Sync>;

/// Why a statement gave nothing usable.
#[derive(Debug)]
pub(super) enum Fault {
    /// The engine refused it.
    Engine(rusqlite::Error),
    /// It met a damaged row.
    Damaged {
        table: &'static str,
        id: String,
        flaw: Flaw,
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
            Fault::Engine(error) => unavailable(error),
            Fault::Damaged { table, id, flaw } => Self::Damaged {
                table,
                id,
                source: flaw,
            },
        }
    }
}

/// Nothing was changed.
pub(super) fn unavailable(error: impl Into<Flaw>) -> StoreError {
    StoreError::Unavailable(error.into())
}

/// Whether a commit that failed so may have reached the disk all the same.
pub(super) fn leaves_doubt(error: &rusqlite::Error) -> bool {
    let certain = [
        ErrorCode::DiskFull,
        ErrorCode::DatabaseBusy,
        ErrorCode::DatabaseLocked,
        ErrorCode::ReadOnly,
        ErrorCode::ConstraintViolation,
        ErrorCode::OutOfMemory,
    ];
    error
        .sqlite_error_code()
        .is_none_or(|code| !certain.contains(&code))
}

/// What ids of a page are below: the last id of the page before, or a key above every id.
pub(super) fn before(id: Option<Uuid>) -> Vec<u8> {
    id.map_or_else(|| vec![u8::MAX; 17], |id| id.as_bytes().to_vec())
}

/// Reads the columns of a row one after the other.
pub(super) struct Fields<'row> {
    row: &'row Row<'row>,
    next: usize,
}

impl<'row> Fields<'row> {
    /// From column `first`.
    pub(super) const fn of(row: &'row Row<'row>, first: usize) -> Self {
        Self { row, next: first }
    }

    /// The next column.
    pub(super) fn take<T: FromSql>(&mut self) -> Result<T, Flaw> {
        let value = self.row.get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// The next column, a time.
    pub(super) fn time(&mut self) -> Result<Timestamp, Flaw> {
        Ok(Timestamp::from_microsecond(self.take()?)?)
    }

    /// The next column, a time or NULL.
    pub(super) fn time_or_null(&mut self) -> Result<Option<Timestamp>, Flaw> {
        self.take::<Option<i64>>()?
            .map(Timestamp::from_microsecond)
            .transpose()
            .map_err(Flaw::from)
    }

    /// The next column, a text with a meaning.
    pub(super) fn parsed<T: FromStr<Err: Into<Flaw>>>(&mut self) -> Result<T, Flaw> {
        self.parsed_or_null()?.ok_or_else(|| "a column is NULL".into())
    }

    /// The next column, a text with a meaning or NULL.
    pub(super) fn parsed_or_null<T: FromStr<Err: Into<Flaw>>>(&mut self) -> Result<Option<T>, Flaw> {
        let value = self.row.get_ref(self.next)?;
        self.next += 1;
        if value == ValueRef::Null {
            return Ok(None);
        }
        value.as_str()?.parse().map(Some).map_err(Into::into)
    }

    /// Lays a flaw at the row's door: `table`, and the id that column `id_column` holds.
    pub(super) fn damaged(row: &Row<'_>, table: &'static str, id_column: usize, flaw: Flaw) -> Fault {
        let id = match row.get_ref(id_column) {
            Ok(ValueRef::Blob(bytes)) => {
                Uuid::from_slice(bytes).map_or_else(|_| format!("{bytes:02x?}"), |id| id.to_string())
            }
            Ok(ValueRef::Integer(number)) => number.to_string(),
            _ => "unknown".to_owned(),
        };
        Fault::Damaged { table, id, flaw }
    }
}
