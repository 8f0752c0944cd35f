//! Table `audit_events`: what the operator can look up.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{
    Agent, AuditEvent, AuditKind, EndReason, Origin, RequestId, ServiceName, SessionId, UserId,
};
use keyturn_core::ports::{AuditEntry, AuditFilter, AuditPosition, AuditStore, Page, StoreError};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::PostgresStore;
use super::rows::{Fault, Fields, Flaw};
use super::work::{Value, Values, Work};
use super::writer::Command;

/// The columns of an event, in the order of [`event`], after its id.
macro_rules! columns {
    () => {
        "SELECT id, at, kind, user_id, session_id, detail, actor, actor_user_id, actor_service, request_id, ip \
         FROM audit_events"
    };
}

/// Behind the columns of an event, what applications call its account, and the account of whoever did it.
const SUBJECTS: &str = ", (SELECT subject FROM users WHERE users.id = user_id) AS subject,
    (SELECT subject FROM users WHERE users.id = actor_user_id) AS agent_subject FROM";

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

    async fn list_audit(
        &self,
        filter: &AuditFilter,
        page: Page<AuditPosition>,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let (sql, values) = listing(filter);
        let before = page.before.map_or(i64::MAX, |position| position.0);
        let limit = i64::from(page.limit);
        let mut all: Vec<Value<'_>> = vec![&before, &limit];
        all.extend(values.iter().map(|value| &**value as Value<'_>));
        let rows = self.readers.rows_planned_anew(&sql, &all).await?;
        let read = |row| entry(row).map_err(|flaw| Fields::damaged(row, "audit_events", 0, flaw));
        Ok(rows.iter().map(read).collect::<Result<_, Fault>>()?)
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
    let new = NewEvent::of(event);
    work.execute(INSERT, &new.values()).await.map(drop)
}

/// Writes one event.
pub(super) const INSERT: &str = "INSERT INTO audit_events
        (at, kind, user_id, session_id, detail, actor, actor_user_id, actor_service, request_id, ip)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// What [`INSERT`] is run with.
pub(super) struct NewEvent<'a> {
    event: &'a AuditEvent,
    kind: &'a str,
    user_id: Option<Uuid>,
    session_id: Option<Uuid>,
    actor: &'a str,
    actor_user_id: Option<Uuid>,
    actor_service: Option<&'a str>,
    request_id: Option<&'a str>,
}

impl<'a> NewEvent<'a> {
    pub(super) fn of(event: &'a AuditEvent) -> Self {
        let agent = event.origin.agent.as_ref();
        Self {
            event,
            kind: event.kind.as_str(),
            user_id: event.user_id.map(|id| id.0),
            session_id: event.session_id.map(|id| id.0),
            actor: event.origin.actor.as_str(),
            actor_user_id: agent.and_then(Agent::account).map(|id| id.0),
            actor_service: agent.and_then(Agent::service).map(ServiceName::as_str),
            request_id: event.origin.request_id.as_ref().map(RequestId::as_str),
        }
    }

    pub(super) fn values(&self) -> [Value<'_>; 10] {
        [
            &self.event.at,
            &self.kind,
            &self.user_id,
            &self.session_id,
            &self.event.detail,
            &self.actor,
            &self.actor_user_id,
            &self.actor_service,
            &self.request_id,
            &self.event.origin.ip,
        ]
    }
}

/// Writes that these sessions ended, whosever they are, in this order.
pub(super) async fn write_session_ends(
    work: &Work<'_>,
    ids: &[Uuid],
    reason: EndReason,
    origin: &Origin,
) -> Result<(), Fault> {
    const SQL: &str = "INSERT INTO audit_events
            (at, kind, user_id, session_id, detail, actor, actor_user_id, actor_service, request_id, ip)
        SELECT $1, $2, sessions.user_id, sessions.id, $3, $4, $5, $6, $7, $8
        FROM unnest($9::uuid[]) WITH ORDINALITY AS ended (id, number) JOIN sessions ON sessions.id = ended.id
        ORDER BY ended.number";
    let agent = origin.agent.as_ref();
    let values: Values<'_> = &[
        &work.now,
        &AuditKind::SessionEnded.as_str(),
        &reason.as_str(),
        &origin.actor.as_str(),
        &agent.and_then(Agent::account).map(|id| id.0),
        &agent.and_then(Agent::service).map(ServiceName::as_str),
        &origin.request_id.as_ref().map(RequestId::as_str),
        &origin.ip,
        &ids,
    ];
    work.execute(SQL, values).await.map(drop)
}

/// Events that concern an account, oldest first: at most so many of those after one.
pub(super) const OF_USER: &str = concat!(columns!(), " WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3");

/// Events with their numbers.
pub(super) fn read_numbered(rows: &[Row]) -> Result<Vec<(i64, AuditEvent)>, Fault> {
    let events = read(rows)?.into_iter();
    let numbers = rows.iter().map(|row| Ok(row.try_get(0)?));
    let numbers: Vec<i64> = numbers.collect::<Result<_, Fault>>()?;
    Ok(numbers.into_iter().zip(events).collect())
}

/// The events of an account, and those of others that it caused as an administrator, lose their addresses.
pub(super) const FORGET_ADDRESSES: &str =
    "UPDATE audit_events SET ip = NULL WHERE user_id = $1 OR actor_user_id = $1";

/// Forgets from where an account's events came.
pub(super) async fn forget_addresses(work: &Work<'_>, id: UserId) -> Result<(), Fault> {
    work.execute(FORGET_ADDRESSES, &[&id.0]).await.map(drop)
}

fn read(rows: &[Row]) -> Result<Vec<AuditEvent>, Fault> {
    let read = |row| event(row).map_err(|flaw| Fields::damaged(row, "audit_events", 0, flaw));
    rows.iter().map(read).collect()
}

/// A value of a condition.
type Given = Box<dyn ToSql + Sync + Send>;

/// The filter as conditions, each part that is given with its value, from `$3` on: which index serves is left to the engine.
pub(super) fn listing(filter: &AuditFilter) -> (String, Vec<Given>) {
    fn given<T: ToSql + Sync + Send + 'static>(value: Option<T>) -> Option<Given> {
        value.map(|value| Box::new(value) as Given)
    }
    let request_id = filter.request_id.as_ref().map(|id| id.as_str().to_owned());
    let parts = [
        ("user_id =", given(filter.user_id.map(|id| id.0))),
        ("session_id =", given(filter.session_id.map(|id| id.0))),
        ("request_id =", given(request_id)),
        ("kind =", given(filter.kind.map(AuditKind::as_str))),
        ("actor_user_id =", given(filter.by.map(|id| id.0))),
        ("at >=", given(filter.since)),
        ("at <", given(filter.until)),
    ];
    let mut sql = concat!(columns!(), " WHERE id < $1").replacen(" FROM", SUBJECTS, 1);
    let mut values = Vec::new();
    for (condition, value) in parts {
        if let Some(value) = value {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ${}", values.len() + 2));
        }
    }
    sql.push_str(" ORDER BY id DESC LIMIT $2");
    (sql, values)
}

fn entry(row: &Row) -> Result<AuditEntry, Flaw> {
    Ok(AuditEntry {
        position: AuditPosition(row.try_get(0)?),
        event: event(row)?,
        subject: row.try_get("subject")?,
        agent_subject: row.try_get("agent_subject")?,
    })
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
            agent: Agent::from_parts(fields.take::<Option<_>>()?.map(UserId), fields.parsed_or_null()?),
            request_id: fields.parsed_or_null()?,
            ip: fields.take()?,
        },
    })
}
