//! Table `audit_events`: what the operator can look up.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{
    Agent, AuditEvent, AuditKind, EndReason, Origin, RequestId, ServiceName, SessionId, UserId,
};
use keyturn_core::ports::{AuditEntry, AuditFilter, AuditPosition, AuditStore, Page, StoreError};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, ToSql, params, params_from_iter};
use uuid::Uuid;

use super::SqliteStore;
use super::rows::{Fault, Fields, Flaw};
use super::writer::{Command, Moment};

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

/// One event for each session that the end of this statement names.
macro_rules! session_ends {
    () => {
        "INSERT INTO audit_events
            (at, kind, user_id, session_id, detail, actor, actor_user_id, actor_service, request_id, ip)
        SELECT ?1, ?2, user_id, id, ?3, ?4, ?5, ?6, ?7, ?8 FROM sessions"
    };
}
#[async_trait]
impl AuditStore for SqliteStore {
    async fn record_audit(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.writer.carry_out(Record(event), Timestamp::MIN).await
    }

    async fn session_audit(&self, id: SessionId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        self.readers
            .scan(move |connection| {
                read(
                    connection,
                    concat!(columns!(), " WHERE session_id = ?1 ORDER BY id LIMIT ?2"),
                    &id.0,
                    limit,
                )
            })
            .await
    }

    async fn list_audit(
        &self,
        filter: &AuditFilter,
        page: Page<AuditPosition>,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let filter = filter.clone();
        self.readers
            .scan(move |connection| list(connection, &filter, page))
            .await
    }

    async fn request_audit(&self, id: &RequestId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        let id = id.clone();
        self.readers
            .scan(move |connection| {
                read(
                    connection,
                    concat!(columns!(), " WHERE request_id = ?1 ORDER BY id LIMIT ?2"),
                    &id.as_str(),
                    limit,
                )
            })
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
    const SQL: &str = "INSERT INTO audit_events
            (at, kind, user_id, session_id, detail, actor, actor_user_id, actor_service, request_id, ip)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let agent = event.origin.agent.as_ref();
    connection.prepare_cached(SQL)?.execute(params![
        event.at.as_microsecond(),
        event.kind.as_str(),
        event.user_id.map(|id| id.0),
        event.session_id.map(|id| id.0),
        event.detail,
        event.origin.actor.as_str(),
        agent.and_then(Agent::account).map(|id| id.0),
        agent.and_then(Agent::service).map(ServiceName::as_str),
        event.origin.request_id.as_ref().map(RequestId::as_str),
        event.origin.ip.map(|ip| ip.to_string()),
    ])?;
    Ok(())
}

/// Writes that this session ended, whosever it is.
pub(super) fn write_session_end(
    connection: &Connection,
    id: SessionId,
    reason: EndReason,
    origin: &Origin,
    at: Timestamp,
) -> Result<(), rusqlite::Error> {
    const SQL: &str = concat!(session_ends!(), " WHERE id = ?9");
    ends(connection, SQL, reason, origin, at, &[&id.0])
}

/// Writes that every live session of an account ends, except one, in the order of their ids.
pub(super) fn write_session_ends(
    connection: &Connection,
    user_id: UserId,
    except: Option<SessionId>,
    reason: EndReason,
    origin: &Origin,
    at: Timestamp,
) -> Result<(), rusqlite::Error> {
    const SQL: &str = concat!(
        session_ends!(),
        " WHERE user_id = ?9 AND ended_at IS NULL AND id IS NOT ?10 ORDER BY id"
    );
    let except = except.map(|id| id.0);
    ends(connection, SQL, reason, origin, at, &[&user_id.0, &except])
}

fn ends(
    connection: &Connection,
    sql: &str,
    reason: EndReason,
    origin: &Origin,
    at: Timestamp,
    which: &[&dyn ToSql],
) -> Result<(), rusqlite::Error> {
    let (at, ip) = (at.as_microsecond(), origin.ip.map(|ip| ip.to_string()));
    let (kind, reason) = (AuditKind::SessionEnded.as_str(), reason.as_str());
    let (actor, agent) = (origin.actor.as_str(), origin.agent.as_ref());
    let account = agent.and_then(Agent::account).map(|id| id.0);
    let service = agent.and_then(Agent::service).map(ServiceName::as_str);
    let request_id = origin.request_id.as_ref().map(RequestId::as_str);
    let mut values: Vec<&dyn ToSql> = vec![&at, &kind, &reason, &actor, &account, &service, &request_id, &ip];
    values.extend_from_slice(which);
    connection.prepare_cached(sql)?.execute(values.as_slice())?;
    Ok(())
}

/// Events that concern an account, oldest first, each with its number: at most `limit` of those after `after`.
pub(super) fn of_user(
    connection: &Connection,
    id: UserId,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, AuditEvent)>, Fault> {
    const SQL: &str = concat!(columns!(), " WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![id.0, after, limit])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let read = event(row).map_err(|flaw| Fields::damaged(row, "audit_events", 0, flaw))?;
        events.push((row.get(0)?, read));
    }
    Ok(events)
}

/// The events of an account, and those of others that it caused as an administrator, lose their addresses.
pub(super) const FORGET_ADDRESSES: &str =
    "UPDATE audit_events SET ip = NULL WHERE user_id = ?1 OR actor_user_id = ?1";

/// Forgets from where an account's events came.
pub(super) fn forget_addresses(connection: &Connection, id: UserId) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(FORGET_ADDRESSES)?
        .execute([id.0])
        .map(drop)
}

fn read(connection: &Connection, sql: &str, id: &dyn ToSql, limit: u32) -> Result<Vec<AuditEvent>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![id, limit])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(event(row).map_err(|flaw| Fields::damaged(row, "audit_events", 0, flaw))?);
    }
    Ok(events)
}

fn list(
    connection: &Connection,
    filter: &AuditFilter,
    page: Page<AuditPosition>,
) -> Result<Vec<AuditEntry>, Fault> {
    let before = page.before.map_or(i64::MAX, |position| position.0);
    let (sql, given) = listing(filter);
    let values = [before, i64::from(page.limit)].map(Value::from).into_iter();
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values.chain(given)))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry(row).map_err(|flaw| Fields::damaged(row, "audit_events", 0, flaw))?);
    }
    Ok(entries)
}

/// The filter as conditions, each part that is given with its value, from `?3` on: which index serves is left to the engine.
pub(super) fn listing(filter: &AuditFilter) -> (String, Vec<Value>) {
    let blob = |id: Uuid| Value::from(id.as_bytes().to_vec());
    let text = |text: &str| Value::from(text.to_owned());
    let time = |time: Timestamp| Value::from(time.as_microsecond());
    let request_id = filter.request_id.as_ref();
    let parts = [
        ("user_id =", filter.user_id.map(|id| blob(id.0))),
        ("session_id =", filter.session_id.map(|id| blob(id.0))),
        ("request_id =", request_id.map(|id| text(id.as_str()))),
        ("kind =", filter.kind.map(|kind| text(kind.as_str()))),
        ("actor_user_id =", filter.by.map(|id| blob(id.0))),
        ("at >=", filter.since.map(time)),
        ("at <", filter.until.map(time)),
    ];
    let mut sql = concat!(columns!(), " WHERE id < ?1").replacen(" FROM", SUBJECTS, 1);
    let mut values = Vec::new();
    for (condition, value) in parts {
        if let Some(value) = value {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ?{}", values.len() + 2));
        }
    }
    sql.push_str(" ORDER BY id DESC LIMIT ?2");
    (sql, values)
}

fn entry(row: &Row<'_>) -> Result<AuditEntry, Flaw> {
    Ok(AuditEntry {
        position: AuditPosition(row.get(0)?),
        event: event(row)?,
        subject: row.get("subject")?,
        agent_subject: row.get("agent_subject")?,
    })
}

fn event(row: &Row<'_>) -> Result<AuditEvent, Flaw> {
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
            ip: fields.parsed_or_null()?,
        },
    })
}
