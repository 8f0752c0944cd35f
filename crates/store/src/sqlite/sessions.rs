//! Table `sessions`.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{AttemptHash, AttemptId, DeviceHash, Nonce, RefreshKeyId};
use keyturn_core::model::{Client, Ended, Head, Progress, Session, SessionId, UserId};
use keyturn_core::ports::{
    Effect, EndAllSessions, EndOutcome, EndSession, Family, HandAgain, NoteActivity, Page, Rotate,
    SessionFilter, SessionStore, StartSession, StoreError,
};
use rusqlite::{Connection, Row, params};

use super::SqliteStore;
use super::rows::{self, Fault, Fields, Flaw};
use super::users;

/// Which session, and what changes while it lives: what a hot write answers, in the order of [`progress`].
macro_rules! progress_columns {
    () => {
        "sessions.id, sessions.epoch, sessions.generation, sessions.handed_at, sessions.seen_generation, \
         sessions.attempt_id, sessions.attempt_hash, sessions.last_activity_at"
    };
}

/// The columns of a session, in the order of [`session`].
macro_rules! columns {
    () => {
        concat!(
            progress_columns!(),
            ", sessions.user_id, sessions.nonce, sessions.refresh_key_id, sessions.device_hash, sessions.delivery, \
             sessions.started_at, sessions.idle_timeout, sessions.ends_at, sessions.ended_at, sessions.end_reason, \
             sessions.end_kind, sessions.ip, sessions.user_agent"
        )
    };
}

/// How many columns that are.
const COLUMNS: usize = 21;

#[async_trait]
impl SessionStore for SqliteStore {
    async fn start_session(&self, start: StartSession, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.writer.carry_out(start, now).await
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<Family>, StoreError> {
        self.readers.with(|connection| find(connection, id))
    }

    async fn list_sessions(
        &self,
        user_id: Option<UserId>,
        filter: SessionFilter,
        page: Page<SessionId>,
    ) -> Result<Vec<Family>, StoreError> {
        self.readers
            .scan(move |connection| list(connection, user_id, filter, page))
            .await
    }

    async fn rotate(&self, rotate: Rotate, now: Timestamp) -> Result<Effect<Progress>, StoreError> {
        self.writer.carry_out(rotate, now).await
    }

    async fn hand_again(&self, hand: HandAgain, now: Timestamp) -> Result<Effect<Progress>, StoreError> {
        self.writer.carry_out(hand, now).await
    }

    async fn note_activity(
        &self,
        note: NoteActivity,
        now: Timestamp,
    ) -> Result<Effect<Progress>, StoreError> {
        self.writer.carry_out(note, now).await
    }

    async fn end_session(&self, end: EndSession, now: Timestamp) -> Result<EndOutcome, StoreError> {
        self.writer.carry_out(end, now).await
    }

    async fn end_all_sessions(&self, end: EndAllSessions, now: Timestamp) -> Result<Effect<u64>, StoreError> {
        self.writer.carry_out(end, now).await
    }
}

/// One session with its account.
pub(super) const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    ", ",
    users::account_columns!(),
    " FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.id = ?1"
);

fn find(connection: &Connection, id: SessionId) -> Result<Option<Family>, Fault> {
    let mut statement = connection.prepare_cached(FIND)?;
    let mut rows = statement.query([id.0])?;
    rows.next()?.map(family).transpose()
}

fn list(
    connection: &Connection,
    user_id: Option<UserId>,
    filter: SessionFilter,
    page: Page<SessionId>,
) -> Result<Vec<Family>, Fault> {
    const SELECT: &str = concat!(
        "SELECT ",
        columns!(),
        ", ",
        users::account_columns!(),
        " FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.id < ?1"
    );
    let live = match filter {
        SessionFilter::Live => " AND sessions.ended_at IS NULL",
        SessionFilter::All => "",
    };
    let of_user = if user_id.is_some() {
        " AND sessions.user_id = ?3"
    } else {
        " AND ?3 IS NULL"
    };
    let sql = format!("{SELECT}{live}{of_user} ORDER BY sessions.id DESC LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let before = rows::before(page.before.map(|id| id.0));
    let mut found = statement.query(params![before, page.limit, user_id.map(|id| id.0)])?;
    let mut families = Vec::new();
    while let Some(row) = found.next()? {
        families.push(family(row)?);
    }
    Ok(families)
}

fn family(row: &Row<'_>) -> Result<Family, Fault> {
    Ok(Family {
        session: stored(row)?,
        account: users::account(row, COLUMNS)?.into(),
    })
}

/// The session at the beginning of this row.
pub(super) fn stored(row: &Row<'_>) -> Result<Session, Fault> {
    session(&mut Fields::of(row, 0)).map_err(|flaw| Fields::damaged(row, "sessions", 0, flaw))
}

fn progress(fields: &mut Fields<'_>) -> Result<(SessionId, Progress), Flaw> {
    let id = SessionId(fields.take()?);
    let progress = Progress {
        epoch: fields.take()?,
        head: Head {
            generation: fields.take()?,
            handed_at: fields.time()?,
        },
        seen_generation: fields.take()?,
        attempt_id: AttemptId(fields.take()?),
        attempt_hash: fields.take::<Option<_>>()?.map(AttemptHash),
        last_activity_at: fields.time()?,
    };
    Ok((id, progress))
}

fn session(fields: &mut Fields<'_>) -> Result<Session, Flaw> {
    let (id, progress) = progress(fields)?;
    let session = Session {
        id,
        epoch: progress.epoch,
        head: progress.head,
        seen_generation: progress.seen_generation,
        attempt_id: progress.attempt_id,
        attempt_hash: progress.attempt_hash,
        last_activity_at: progress.last_activity_at,
        user_id: UserId(fields.take()?),
        nonce: Nonce::from_bytes(fields.take()?),
        refresh_key_id: RefreshKeyId(fields.take()?),
        device_hash: fields.take::<Option<_>>()?.map(DeviceHash),
        delivery: fields.parsed()?,
        started_at: fields.time()?,
        idle_timeout: SignedDuration::from_micros(fields.take()?),
        ends_at: fields.time()?,
        ended: ended(fields)?,
        client: Client {
            ip: fields.parsed_or_null()?,
            user_agent: fields.take()?,
        },
    };
    if session.delivery.is_bound() != session.is_bound() {
        return Err(format!("delivery {} and device_hash do not agree", session.delivery).into());
    }
    Ok(session)
}

/// An end, from its three columns.
fn ended(fields: &mut Fields<'_>) -> Result<Option<Ended>, Flaw> {
    match (
        fields.time_or_null()?,
        fields.parsed_or_null()?,
        fields.parsed_or_null()?,
    ) {
        (None, None, None) => Ok(None),
        (Some(at), Some(reason), kind) => Ok(Some(Ended { at, reason, kind })),
        _ => Err("an end is half recorded".into()),
    }
}

/// Microseconds; what no column could hold is longer than anybody lives.
pub(super) fn micros(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// What a conditional update of this session made of it. Read after it and not by `RETURNING`, for which the engine makes and
/// drops a table each time.
pub(super) fn changed(
    connection: &Connection,
    id: SessionId,
    update: &str,
    values: impl rusqlite::Params,
) -> Result<Effect<Progress>, Fault> {
    const SQL: &str = concat!("SELECT ", progress_columns!(), " FROM sessions WHERE id = ?1");
    if connection.prepare_cached(update)?.execute(values)? == 0 {
        return Ok(Effect::Lost);
    }
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([id.0])?;
    let Some(row) = rows.next()? else {
        return Ok(Effect::Lost);
    };
    let (_, progress) =
        progress(&mut Fields::of(row, 0)).map_err(|flaw| Fields::damaged(row, "sessions", 0, flaw))?;
    Ok(Effect::Won(progress))
}

/// Whether there is such a session, and its end.
pub(super) fn find_end(connection: &Connection, id: SessionId) -> Result<Option<Option<Ended>>, Fault> {
    const SQL: &str = "SELECT id, ended_at, end_reason, end_kind FROM sessions WHERE id = ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([id.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let end = ended(&mut Fields::of(row, 1)).map_err(|flaw| Fields::damaged(row, "sessions", 0, flaw))?;
    Ok(Some(end))
}
