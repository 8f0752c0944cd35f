//! Table `sessions`.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{AttemptHash, AttemptId, DeviceHash, Nonce, RefreshKeyId};
use keyturn_core::model::{Client, Ended, Head, Progress, Session, SessionId, UserId};
use keyturn_core::ports::{
    Effect, EndAllSessions, EndOutcome, EndSession, Family, HandAgain, NoteActivity, Page, Rotate,
    SessionFilter, SessionStore, StartSession, StoreError,
};
use tokio_postgres::Row;

use super::PostgresStore;
use super::rows::{self, Fault, Fields, Flaw};
use super::users;
use super::work::Work;

/// Which session, and what changes while it lives: what a hot write answers, in the order of [`progress`].
macro_rules! progress_columns {
    () => {
        "sessions.id, sessions.epoch, sessions.generation, sessions.handed_at, sessions.seen_generation, \
         sessions.attempt_id, sessions.attempt_hash, sessions.last_activity_at"
    };
}
pub(super) use progress_columns;

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

/// One session with its account.
pub(super) const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    ", ",
    users::account_columns!(),
    " FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.id = $1"
);

/// What the four lists begin with.
macro_rules! list {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", ",
            users::account_columns!(),
            " FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.id < $1 ",
            $condition,
            " ORDER BY sessions.id DESC LIMIT $2"
        )
    };
}

#[async_trait]
impl SessionStore for PostgresStore {
    async fn start_session(&self, start: StartSession, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.writer.carry_out(start, now).await
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<Family>, StoreError> {
        let row = self.readers.row(FIND, &[&id.0]).await?;
        Ok(row.as_ref().map(family).transpose()?)
    }

    async fn list_sessions(
        &self,
        user_id: Option<UserId>,
        filter: SessionFilter,
        page: Page<SessionId>,
    ) -> Result<Vec<Family>, StoreError> {
        const ALL: &str = list!("");
        const LIVE: &str = list!("AND sessions.ended_at IS NULL");
        const OF_USER: &str = list!("AND sessions.user_id = $3");
        const LIVE_OF_USER: &str = list!("AND sessions.user_id = $3 AND sessions.ended_at IS NULL");
        let before = rows::before(page.before.map(|id| id.0));
        let limit = i64::from(page.limit);
        let found = match (user_id, filter) {
            (None, SessionFilter::All) => self.readers.rows(ALL, &[&before, &limit]).await?,
            (None, SessionFilter::Live) => self.readers.rows(LIVE, &[&before, &limit]).await?,
            (Some(user), SessionFilter::All) => {
                self.readers.rows(OF_USER, &[&before, &limit, &user.0]).await?
            }
            (Some(user), SessionFilter::Live) => {
                self.readers
                    .rows(LIVE_OF_USER, &[&before, &limit, &user.0])
                    .await?
            }
        };
        Ok(found.iter().map(family).collect::<Result<_, Fault>>()?)
    }

    async fn rotate(&self, rotate: Rotate, now: Timestamp) -> Result<Effect<Progress>, StoreError> {
        // Only a rotation that rolls a lost write forward has an event to write: it goes the way of everything that is not hot.
        if rotate.audit.is_some() {
            return self.writer.carry_out(rotate, now).await;
        }
        self.writer.queue(rotate.into(), now).await
    }

    async fn hand_again(&self, hand: HandAgain, now: Timestamp) -> Result<Effect<Progress>, StoreError> {
        self.writer.queue(hand.into(), now).await
    }

    async fn note_activity(
        &self,
        note: NoteActivity,
        now: Timestamp,
    ) -> Result<Effect<Progress>, StoreError> {
        self.writer.queue(note.into(), now).await
    }

    async fn end_session(&self, end: EndSession, now: Timestamp) -> Result<EndOutcome, StoreError> {
        self.writer.carry_out(end, now).await
    }

    async fn end_all_sessions(&self, end: EndAllSessions, now: Timestamp) -> Result<Effect<u64>, StoreError> {
        self.writer.carry_out(end, now).await
    }
}

fn family(row: &Row) -> Result<Family, Fault> {
    Ok(Family {
        session: stored(row)?,
        account: users::account(row, COLUMNS)?.into(),
    })
}

/// Which session is where, at the beginning of this row.
pub(super) fn advanced(row: &Row) -> Result<(SessionId, Progress), Fault> {
    progress(&mut Fields::of(row, 0)).map_err(|flaw| Fields::damaged(row, "sessions", 0, flaw))
}

/// The session at the beginning of this row.
pub(super) fn stored(row: &Row) -> Result<Session, Fault> {
    session(&mut Fields::of(row, 0)).map_err(|flaw| Fields::damaged(row, "sessions", 0, flaw))
}

fn progress(fields: &mut Fields<'_>) -> Result<(SessionId, Progress), Flaw> {
    let id = SessionId(fields.take()?);
    let progress = Progress {
        epoch: fields.take()?,
        head: Head {
            generation: fields.count()?,
            handed_at: fields.time()?,
        },
        seen_generation: fields.count()?,
        attempt_id: AttemptId(fields.bytes()?),
        attempt_hash: fields.bytes_or_null()?.map(AttemptHash),
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
        nonce: Nonce::from_bytes(fields.bytes()?),
        refresh_key_id: RefreshKeyId(fields.count()?),
        device_hash: fields.bytes_or_null()?.map(DeviceHash),
        delivery: fields.parsed()?,
        started_at: fields.time()?,
        idle_timeout: SignedDuration::from_micros(fields.take()?),
        ends_at: fields.time()?,
        ended: ended(fields)?,
        client: Client {
            ip: fields.take()?,
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

/// Whether there is such a session, and its end.
pub(super) async fn find_end(work: &Work<'_>, id: SessionId) -> Result<Option<Option<Ended>>, Fault> {
    const SQL: &str = "SELECT id, ended_at, end_reason, end_kind FROM sessions WHERE id = $1";
    let Some(row) = work.query_opt(SQL, &[&id.0]).await? else {
        return Ok(None);
    };
    let end = ended(&mut Fields::of(&row, 1)).map_err(|flaw| Fields::damaged(&row, "sessions", 0, flaw))?;
    Ok(Some(end))
}
