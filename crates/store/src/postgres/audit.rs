//! Table `audit_events`: what the operator can look up.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{AuditEvent, AuditKind, EndReason, Origin, RequestId, SessionId, UserId};
use keyturn_core::ports::{AuditStore, StoreError};
use tokio_postgres::Row;
use uuid::Uuid;

use super::PostgresStore;
use super::rows::{Fault, Fields, Flaw};
use super::writer::{Command, Values, Work};

/// The columns of an event, in the order of [`event`], after its id.
macro_rules! columns {
    () => {
        "SELECT id, at, kind, user_id, session_id, detail, actor, request_id, ip FROM audit_events"
    };
}

#[async_trait]
impl AuditStore for PostgresStore {
    async fn record_audit(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.writer.carry_out(Record(event), Timestamp::MIN).await
    }

    async fn session_audit(&self, id: SessionId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        const SQL: &str = concat!(columns!(), " WHERE session_id = $1 ORDER BY id LIMIT $2");
        let rows = self.readers.rows(SQL, &[&id.0, &i64::from(limit)]).await?;
        Ok(read(&rows)?)
    }

    async fn request_audit(&self, id: &RequestId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        const SQL: &str = concat!(columns!(), " WHERE request_id = $1 ORDER BY id LIMIT $2");
        let rows = self.readers.rows(SQL, &[&id.as_str(), &i64::from(limit)]).await?;
        Ok(read(&rows)?)
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
        "INSERT INTO audit_events (at, kind, user_id, session_id, detail, actor, request_id, ip)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: Values<'_> = &[
        &event.at,
        &event.kind.as_str(),
        &event.user_id.map(|id| id.0),
        &event.session_id.map(|id| id.0),
        &event.detail,
        &event.origin.actor.as_str(),
        &event.origin.request_id.as_ref().map(RequestId::as_str),
        &event.origin.ip,
    ];
    work.execute(SQL, values).await.map(drop)
}

/// Writes that these sessions ended, whosever they are, in this order.
pub(super) async fn write_session_ends(
    work: &Work<'_>,
    ids: &[Uuid],
    reason: EndReason,
    origin: &Origin,
) -> Result<(), Fault> {
    const SQL: &str =
        "INSERT INTO audit_events (at, kind, user_id, session_id, detail, actor, request_id, ip)
        SELECT $1, $2, sessions.user_id, sessions.id, $3, $4, $5, $6
        FROM unnest($7::uuid[]) WITH ORDINALITY AS ended (id, number) JOIN sessions ON sessions.id = ended.id
        ORDER BY ended.number";
    let values: Values<'_> = &[
        &work.now,
        &AuditKind::SessionEnded.as_str(),
        &reason.as_str(),
        &origin.actor.as_str(),
        &origin.request_id.as_ref().map(RequestId::as_str),
        &origin.ip,
        &ids,
    ];
    work.execute(SQL, values).await.map(drop)
}

fn read(rows: &[Row]) -> Result<Vec<AuditEvent>, Fault> {
    let read = |row| event(row).map_err(|flaw| Fields::damaged(row, "audit_events", 0, flaw));
    rows.iter().map(read).collect()
}

fn event(row: &Row) -> Result<AuditEvent, Flaw> {
    let mut fields = Fields::of(row, 1);
    Ok(AuditEvent {
        at: fields.time()?,
        kind: fields.parsed()?,
        user_id: fields.take::<Option<_>>()?.map(UserId),
        session_id: fields.take::<Option<_>>()?.map(SessionId),
        detail: fields.take()?,
        origin: Origin {
            actor: fields.parsed()?,
            request_id: fields.parsed_or_null()?,
            ip: fields.take()?,
        },
    })
}
