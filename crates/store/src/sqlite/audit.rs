//! Table `audit_events`: what the operator can look up.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{AuditEvent, SessionId, UserId};
use keyturn_core::ports::{AuditStore, StoreError};
use rusqlite::{Connection, Row, params};

use super::SqliteStore;
use super::rows::{Fault, Fields, Flaw};
use super::writer::{Command, Moment};

#[async_trait]
impl AuditStore for SqliteStore {
    async fn record_audit(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.writer.carry_out(Record(event), Timestamp::MIN).await
    }

    async fn session_audit(&self, id: SessionId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        self.readers
            .scan(move |connection| of_session(connection, id, limit))
            .await
    }
}

/// One event that belongs to no other effect.
struct Record(AuditEvent);

impl Command for Record {
    type Outcome = ();

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, _moment: Moment) -> Result<(), Fault> {
        Ok(write(connection, &self.0)?)
    }
}

/// Writes one event.
pub(super) fn write(connection: &Connection, event: &AuditEvent) -> Result<(), rusqlite::Error> {
    const SQL: &str =
        "INSERT INTO audit_events (at, kind, user_id, session_id, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(SQL)?.execute(params![
        event.at.as_microsecond(),
        event.kind.as_str(),
        event.user_id.map(|id| id.0),
        event.session_id.map(|id| id.0),
        event.detail,
    ])?;
    Ok(())
}

fn of_session(connection: &Connection, id: SessionId, limit: u32) -> Result<Vec<AuditEvent>, Fault> {
    const SQL: &str = "SELECT id, at, kind, user_id, session_id, detail FROM audit_events
        WHERE session_id = ?1 ORDER BY id LIMIT ?2";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![id.0, limit])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(event(row).map_err(|flaw| Fields::damaged(row, "audit_events", 0, flaw))?);
    }
    Ok(events)
}

fn event(row: &Row<'_>) -> Result<AuditEvent, Flaw> {
    let mut fields = Fields::of(row, 1);
    Ok(AuditEvent {
        at: fields.time()?,
        kind: fields.parsed()?,
        user_id: fields.take::<Option<_>>()?.map(UserId),
        session_id: fields.take::<Option<_>>()?.map(SessionId),
        detail: fields.take()?,
    })
}
