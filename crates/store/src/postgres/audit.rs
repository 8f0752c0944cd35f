//! Table `audit_events`: what the operator can look up.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{AuditEvent, SessionId, UserId};
use keyturn_core::ports::{AuditStore, StoreError};
use tokio_postgres::Row;

use super::PostgresStore;
use super::rows::{Fault, Fields, Flaw};
use super::writer::{Command, Work};

#[async_trait]
impl AuditStore for PostgresStore {
    async fn record_audit(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.writer.carry_out(Record(event), Timestamp::MIN).await
    }

    async fn session_audit(&self, id: SessionId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        const SQL: &str = "SELECT id, at, kind, user_id, session_id, detail FROM audit_events
            WHERE session_id = $1 ORDER BY id LIMIT $2";
        let rows = self.readers.rows(SQL, &[&id.0, &i64::from(limit)]).await?;
        let read = |row| event(row).map_err(|flaw| Fields::damaged(row, "audit_events", 0, flaw));
        Ok(rows.iter().map(read).collect::<Result<_, Fault>>()?)
    }
}

/// One event that belongs to no other effect.
struct Record(AuditEvent);

#[async_trait]
impl Command for Record {
    type Outcome = ();

    async fn run(&self, work: &mut Work<'_>) -> Result<(), Fault> {
        write(work, &self.0).await
    }
}

/// Writes one event.
pub(super) async fn write(work: &Work<'_>, event: &AuditEvent) -> Result<(), Fault> {
    const SQL: &str =
        "INSERT INTO audit_events (at, kind, user_id, session_id, detail) VALUES ($1, $2, $3, $4, $5)";
    let (user_id, session_id) = (event.user_id.map(|id| id.0), event.session_id.map(|id| id.0));
    let kind = event.kind.as_str();
    work.execute(SQL, &[&event.at, &kind, &user_id, &session_id, &event.detail])
        .await?;
    Ok(())
}

fn event(row: &Row) -> Result<AuditEvent, Flaw> {
    let mut fields = Fields::of(row, 1);
    Ok(AuditEvent {
        at: fields.time()?,
        kind: fields.parsed()?,
        user_id: fields.take::<Option<_>>()?.map(UserId),
        session_id: fields.take::<Option<_>>()?.map(SessionId),
        detail: fields.take()?,
    })
}
