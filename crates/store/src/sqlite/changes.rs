//! Table `changes`: what others must hear, written in the transaction of the effect that it tells of.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{Change, ChangeKind, EndReason, SessionId, UserId};
use keyturn_core::ports::{ChangeStore, ChangedAccount, StoreError};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use super::SqliteStore;
use super::rows::{Fault, Fields, Flaw};

#[async_trait]
impl ChangeStore for SqliteStore {
    async fn changes_after(&self, after: i64, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.readers
            .scan(move |connection| read_after(connection, after, limit))
            .await
    }

    async fn changed_account(&self, id: UserId) -> Result<Option<ChangedAccount>, StoreError> {
        self.readers.with(|connection| account(connection, id))
    }
}

fn account(connection: &Connection, id: UserId) -> Result<Option<ChangedAccount>, Fault> {
    const SQL: &str =
        "SELECT id, subject, CASE WHEN deleted_at IS NULL THEN state END FROM users WHERE id = ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![id.0])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let account = changed_account(row).map_err(|flaw| Fields::damaged(row, "users", 0, flaw))?;
    Ok(Some(account))
}

fn changed_account(row: &Row<'_>) -> Result<ChangedAccount, Flaw> {
    let mut fields = Fields::of(row, 1);
    Ok(ChangedAccount {
        subject: fields.take()?,
        state: fields.parsed_or_null()?,
    })
}

/// Names the history that sequences belong to: the file, by the moment of its first migration, and the random number that a restore
/// draws.
pub(super) fn history(connection: &Connection) -> Result<String, rusqlite::Error> {
    const FIRST: &str = "SELECT applied_on FROM refinery_schema_history ORDER BY version LIMIT 1";
    let born: String = connection.query_row(FIRST, [], |row| row.get(0))?;
    let drawn: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let born: String = born.chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(format!("{born}-{drawn}"))
}

/// At most `limit` changes with a sequence above `after`.
pub(super) const READ: &str =
    "SELECT seq, at, kind, id, reason FROM changes WHERE seq > ?1 ORDER BY seq LIMIT ?2";

/// See [`READ`].
pub(super) fn read_after(connection: &Connection, after: i64, limit: u32) -> Result<Vec<Change>, Fault> {
    let mut statement = connection.prepare_cached(READ)?;
    let mut rows = statement.query(params![after, limit])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        changes.push(change(row).map_err(|flaw| Fields::damaged(row, "changes", 0, flaw))?);
    }
    Ok(changes)
}

/// The sequence of the newest change, 0 where there never was one. Swept rows count.
pub(super) fn newest(connection: &Connection) -> Result<i64, rusqlite::Error> {
    const SQL: &str = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'changes'";
    connection.prepare_cached(SQL)?.query_row([], |row| row.get(0))
}

/// Writes one change.
pub(super) fn write(
    connection: &Connection,
    kind: ChangeKind,
    id: Uuid,
    reason: Option<EndReason>,
    at: Timestamp,
) -> Result<(), rusqlite::Error> {
    const SQL: &str = "INSERT INTO changes (at, kind, id, reason) VALUES (?1, ?2, ?3, ?4)";
    let reason = reason.map(EndReason::as_str);
    connection
        .prepare_cached(SQL)?
        .execute(params![at.as_microsecond(), kind.as_str(), id, reason])?;
    Ok(())
}

/// Writes that every live session of an account ends, except one, in the order of their ids.
pub(super) fn write_session_ends(
    connection: &Connection,
    user_id: UserId,
    except: Option<SessionId>,
    reason: EndReason,
    at: Timestamp,
) -> Result<(), rusqlite::Error> {
    const SQL: &str = "INSERT INTO changes (at, kind, id, reason)
        SELECT ?1, ?2, id, ?3 FROM sessions
        WHERE user_id = ?4 AND ended_at IS NULL AND id IS NOT ?5 ORDER BY id";
    let kind = ChangeKind::SessionEnded.as_str();
    let except = except.map(|id| id.0);
    let values = params![at.as_microsecond(), kind, reason.as_str(), user_id.0, except];
    connection.prepare_cached(SQL)?.execute(values)?;
    Ok(())
}

fn change(row: &Row<'_>) -> Result<Change, Flaw> {
    let mut fields = Fields::of(row, 0);
    Ok(Change {
        seq: fields.take()?,
        at: fields.time()?,
        kind: fields.parsed()?,
        id: fields.take()?,
        reason: fields.parsed_or_null()?,
    })
}
