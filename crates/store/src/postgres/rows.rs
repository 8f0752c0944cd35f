//! From rows to what the rules speak of.
//!
//! A row is read column by column, in the order of its `COLUMNS`. One that no version of this program writes is an error that
//! names its table and id, and never a default.

use std::error::Error;
use std::str::FromStr;

use jiff::Timestamp;
use keyturn_core::ports::StoreError;
use tokio_postgres::Row;
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::types::FromSql;
use uuid::Uuid;

/// What is wrong with a column.
pub(super) type Flaw = Box<dyn Error + Send + Sync>;

/// Why a statement gave nothing usable.
#[derive(Debug)]
pub(super) enum Fault {
    /// The engine refused it, or the connection to it broke.
    Engine(tokio_postgres::Error),
    /// No connection could be had, or no answer came in time.
    Unreachable(Flaw),
    /// It met a damaged row.
    Damaged {
        table: &'static str,
        id: String,
        flaw: Flaw,
    },
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Fault> for StoreError {
    /// For a fault before the commit was sent: nothing was changed.
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Engine(error) => unavailable(error),
            Fault::Unreachable(cause) => unavailable(cause),
            Fault::Damaged { table, id, flaw } => Self::Damaged {
                table,
                id,
                source: flaw,
            },
        }
    }
}

impl Fault {
    /// Whether the same may succeed when it is tried again: the engine chose this transaction to fail for another one's sake, a key was
    /// taken a moment ago, a statement was prepared for an older schema, or the connection was lost before the commit was sent.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Engine(error) => error.code().map_or_else(
                || is_broken(error),
                |code| {
                    [
                        SqlState::T_R_SERIALIZATION_FAILURE,
                        SqlState::T_R_DEADLOCK_DETECTED,
                        SqlState::UNIQUE_VIOLATION,
                        SqlState::FEATURE_NOT_SUPPORTED,
                        SqlState::INVALID_SQL_STATEMENT_NAME,
                        SqlState::READ_ONLY_SQL_TRANSACTION,
                        SqlState::ADMIN_SHUTDOWN,
                        SqlState::CRASH_SHUTDOWN,
                    ]
                    .contains(code)
                },
            ),
            Self::Unreachable(_) | Self::Damaged { .. } => false,
        }
    }

    /// Whether nothing happened because somebody else changed or held one of the rows.
    pub(super) fn met_another_write(&self) -> bool {
        matches!(self, Self::Engine(error) if error.code().is_some_and(|code| [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
        ]
        .contains(code)))
    }

    /// Whether the database itself says so, not the way to it.
    pub(super) fn is_answer(&self) -> bool {
        matches!(self, Self::Engine(error) if error.as_db_error().is_some())
    }

    /// Whether the connection is better not used again: it is lost, hangs, leads to a server that no longer takes writes, or holds
    /// statements of an older schema.
    pub(super) fn spoils_connection(&self) -> bool {
        match self {
            Self::Engine(error) => error.as_db_error().is_none_or(|refusal| {
                refusal.parsed_severity() != Some(Severity::Error)
                    || [
                        SqlState::READ_ONLY_SQL_TRANSACTION,
                        SqlState::FEATURE_NOT_SUPPORTED,
                        SqlState::INVALID_SQL_STATEMENT_NAME,
                    ]
                    .contains(refusal.code())
            }),
            Self::Unreachable(_) => true,
            Self::Damaged { .. } => false,
        }
    }
}

/// Nothing was changed.
pub(super) fn unavailable(error: impl Into<Flaw>) -> StoreError {
    StoreError::Unavailable(error.into())
}

/// Whether the engine has rolled back instead of committing: it says `ERROR`. One that ends the connection (`FATAL`), or says nothing, may
/// have committed.
pub(super) fn refused_commit(fault: &Fault) -> bool {
    matches!(fault, Fault::Engine(error) if error
        .as_db_error()
        .is_some_and(|refusal| refusal.parsed_severity() == Some(Severity::Error)))
}

/// What a failed commit means.
pub(super) fn failed_commit(fault: Fault) -> StoreError {
    match fault {
        fault if refused_commit(&fault) => fault.into(),
        Fault::Engine(error) => StoreError::OutcomeUnknown(error.into()),
        Fault::Unreachable(cause) => StoreError::OutcomeUnknown(cause),
        fault @ Fault::Damaged { .. } => fault.into(),
    }
}

/// Whether the connection was lost, not the statement refused.
fn is_broken(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || error.source().is_some_and(<dyn Error>::is::<std::io::Error>)
}

/// What ids of a page are below: the last id of the page before, or the highest id there is.
pub(super) fn before(id: Option<Uuid>) -> Uuid {
    id.unwrap_or(Uuid::max())
}

/// Reads the columns of a row one after the other.
pub(super) struct Fields<'row> {
    row: &'row Row,
    next: usize,
}

impl<'row> Fields<'row> {
    /// From column `first`.
    pub(super) const fn of(row: &'row Row, first: usize) -> Self {
        Self { row, next: first }
    }

    /// The next column.
    pub(super) fn take<T: FromSql<'row>>(&mut self) -> Result<T, Flaw> {
        let value = self.row.try_get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// The next column, a count that PostgreSQL has no unsigned type for.
    pub(super) fn count(&mut self) -> Result<u32, Flaw> {
        Ok(u32::try_from(self.take::<i64>()?)?)
    }

    /// The next column, bytes of a fixed number.
    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        Ok(self.take::<&[u8]>()?.try_into()?)
    }

    /// The next column, bytes of a fixed number or NULL.
    pub(super) fn bytes_or_null<const N: usize>(&mut self) -> Result<Option<[u8; N]>, Flaw> {
        let bytes = self.take::<Option<&[u8]>>()?;
        bytes.map(<[u8; N]>::try_from).transpose().map_err(Flaw::from)
    }

    /// The next column, a time.
    pub(super) fn time(&mut self) -> Result<Timestamp, Flaw> {
        self.take()
    }

    /// The next column, a time or NULL.
    pub(super) fn time_or_null(&mut self) -> Result<Option<Timestamp>, Flaw> {
        self.take()
    }

    /// The next column, a text with a meaning.
    pub(super) fn parsed<T: FromStr<Err: Into<Flaw>>>(&mut self) -> Result<T, Flaw> {
        self.parsed_or_null()?.ok_or_else(|| "a column is NULL".into())
    }

    /// The next column, a text with a meaning or NULL.
    pub(super) fn parsed_or_null<T: FromStr<Err: Into<Flaw>>>(&mut self) -> Result<Option<T>, Flaw> {
        let text = self.take::<Option<&str>>()?;
        text.map(str::parse).transpose().map_err(Into::into)
    }

    /// Lays a flaw at the row's door: `table`, and the id that column `id_column` holds.
    pub(super) fn damaged(row: &Row, table: &'static str, id_column: usize, flaw: Flaw) -> Fault {
        let id = row
            .try_get::<_, Uuid>(id_column)
            .map(|id| id.to_string())
            .or_else(|_| row.try_get::<_, i64>(id_column).map(|id| id.to_string()))
            .unwrap_or_else(|_| "unknown".to_owned());
        Fault::Damaged { table, id, flaw }
    }
}
