//! What is written to table `sessions`: each effect one conditional statement, and what belongs to it.

use std::num::NonZeroU32;

use jiff::Timestamp;
use keyturn_core::model::{ChangeKind, EndReason, Ended, Origin, Progress, Session, SessionId, UserId};
use keyturn_core::ports::{
    Effect, EndAllSessions, EndCondition, EndOutcome, EndSession, HandAgain, NoteActivity, Rotate,
    StartSession,
};
use rusqlite::{Connection, params};

use super::rows::Fault;
use super::sessions::{changed, find_end, micros};
use super::writer::{Command, Moment};
use super::{audit, changes, throttles, user_commands};

/// The session may be used: it is live, its epoch is the account's, the account is active.
macro_rules! usable {
    () => {
        "sessions.ended_at IS NULL AND EXISTS (SELECT 1 FROM users WHERE users.id = sessions.user_id \
         AND users.session_epoch = sessions.epoch AND users.state = 'active')"
    };
}

impl Command for StartSession {
    type Outcome = Effect<()>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [Some(self.session.id), self.replaces]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<()>, Fault> {
        if !insert(connection, &self.session)? {
            return Ok(Effect::Lost);
        }
        user_commands::note_sign_in(connection, self.session.user_id, moment.now)?;
        audit::write(connection, &self.audit)?;
        let origin = &self.audit.origin;
        if let Some(replaced) = self.replaces.filter(|replaced| *replaced != self.session.id) {
            end_besides(connection, replaced, EndReason::Replaced, origin, moment.now)?;
        }
        if let Some(limit) = self.limit {
            end_beyond(connection, &self.session, limit, origin, moment.now)?;
        }
        throttles::take_back(connection, &self.returns, moment.now)?;
        Ok(Effect::Won(()))
    }
}

impl Command for Rotate {
    type Outcome = Effect<Progress>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [Some(self.session_id), None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<Progress>, Fault> {
        const SQL: &str = concat!(
            "UPDATE sessions SET generation = ?4, handed_at = max(handed_at, ?5), attempt_id = ?6, attempt_hash = ?7,
                last_activity_at = max(last_activity_at, coalesce(?8, last_activity_at)),
                seen_generation = max(seen_generation, ?9)
            WHERE id = ?1 AND generation = ?2 AND handed_at = ?3 AND ",
            usable!()
        );
        let values = params![
            self.session_id.0,
            self.expected.generation,
            self.expected.handed_at.as_microsecond(),
            self.generation,
            moment.commit.as_microsecond(),
            self.attempt_id.0,
            self.attempt_hash.map(|hash| hash.0),
            self.activity.map(Timestamp::as_microsecond),
            self.seen_generation,
        ];
        let effect = changed(connection, self.session_id, SQL, values)?;
        if let (Effect::Won(_), Some(event)) = (&effect, &self.audit) {
            audit::write(connection, event)?;
        }
        Ok(effect)
    }
}

impl Command for HandAgain {
    type Outcome = Effect<Progress>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [Some(self.session_id), None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<Progress>, Fault> {
        const SQL: &str = concat!(
            "UPDATE sessions SET handed_at = max(handed_at, ?3),
                last_activity_at = max(last_activity_at, coalesce(?4, last_activity_at))
            WHERE id = ?1 AND generation = ?2 AND ",
            usable!()
        );
        let values = params![
            self.session_id.0,
            self.generation,
            moment.now.as_microsecond(),
            self.activity.map(Timestamp::as_microsecond),
        ];
        changed(connection, self.session_id, SQL, values)
    }
}

impl Command for NoteActivity {
    type Outcome = Effect<Progress>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [Some(self.session_id), None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<Progress>, Fault> {
        const SQL: &str = concat!(
            "UPDATE sessions SET last_activity_at = max(last_activity_at, coalesce(?3, last_activity_at)),
                seen_generation = max(seen_generation, min(?4, generation))
            WHERE id = ?1 AND ?2 < ends_at AND ?2 < last_activity_at + idle_timeout AND ",
            usable!()
        );
        let values = params![
            self.session_id.0,
            moment.now.as_microsecond(),
            self.activity.map(Timestamp::as_microsecond),
            self.seen_generation,
        ];
        changed(connection, self.session_id, SQL, values)
    }
}

impl Command for EndSession {
    type Outcome = EndOutcome;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [Some(self.session_id), None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<EndOutcome, Fault> {
        if end_if(connection, self.session_id, self.condition, self.end, moment.now)? {
            audit::write(connection, &self.audit)?;
            return Ok(EndOutcome::Ended);
        }
        Ok(match find_end(connection, self.session_id)? {
            None => EndOutcome::Absent,
            Some(None) => EndOutcome::Lost,
            Some(Some(ended)) => EndOutcome::Already(ended),
        })
    }
}

impl Command for EndAllSessions {
    type Outcome = Effect<u64>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [self.keep, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<u64>, Fault> {
        if !user_commands::raise_epoch(connection, self.user_id, self.reason)? {
            return Ok(Effect::Lost);
        }
        let ended = end_older(
            connection,
            self.user_id,
            self.keep,
            self.reason,
            &self.origin,
            moment.now,
        )?;
        Ok(Effect::Won(ended))
    }
}

/// Ends the sessions of an account whose epoch was just raised, except the one to keep, which follows the epoch if it is live
/// and was of the one before. Answers how many ended.
pub(super) fn end_older(
    connection: &Connection,
    user_id: UserId,
    keep: Option<SessionId>,
    reason: EndReason,
    origin: &Origin,
    now: Timestamp,
) -> Result<u64, Fault> {
    const SQL: &str = "UPDATE sessions SET ended_at = ?1, end_reason = ?2
        WHERE user_id = ?3 AND ended_at IS NULL AND id IS NOT ?4";
    changes::write(connection, ChangeKind::AccountEpoch, user_id.0, Some(reason), now)?;
    let kept = match keep {
        Some(id) if follow_epoch(connection, user_id, id)? => Some(id),
        _ => None,
    };
    changes::write_session_ends(connection, user_id, kept, reason, now)?;
    audit::write_session_ends(connection, user_id, kept, reason, origin, now)?;
    let values = params![
        now.as_microsecond(),
        reason.as_str(),
        user_id.0,
        kept.map(|id| id.0)
    ];
    let ended = connection.prepare_cached(SQL)?.execute(values)?;
    Ok(u64::try_from(ended).unwrap_or(u64::MAX))
}

fn follow_epoch(connection: &Connection, user_id: UserId, id: SessionId) -> Result<bool, rusqlite::Error> {
    const SQL: &str = "UPDATE sessions SET epoch = epoch + 1
        WHERE id = ?1 AND user_id = ?2 AND ended_at IS NULL
          AND epoch + 1 = (SELECT session_epoch FROM users WHERE users.id = ?2)";
    Ok(connection
        .prepare_cached(SQL)?
        .execute(params![id.0, user_id.0])?
        == 1)
}

/// Forgets where the sessions of an account were started, and with what.
pub(super) fn forget_clients(connection: &Connection, user_id: UserId) -> Result<(), rusqlite::Error> {
    const SQL: &str = "UPDATE sessions SET ip = NULL, user_agent = NULL WHERE user_id = ?1";
    connection.prepare_cached(SQL)?.execute([user_id.0]).map(drop)
}

/// Records an end where the condition holds and none is recorded, with the change that tells of it.
fn end_if(
    connection: &Connection,
    id: SessionId,
    condition: EndCondition,
    end: Ended,
    now: Timestamp,
) -> Result<bool, Fault> {
    const SQL: &str = "UPDATE sessions SET ended_at = ?2, end_reason = ?3, end_kind = ?4
        WHERE id = ?1 AND ended_at IS NULL
          AND (?5 IS NULL OR (generation = ?5 AND handed_at = ?6))
          AND (?7 IS NULL OR last_activity_at <= ?7)";
    let (head, last_activity) = match condition {
        EndCondition::Live => (None, None),
        EndCondition::Head(head) => (Some(head), None),
        EndCondition::LastActivity(at) => (None, Some(at)),
    };
    let ended = connection.prepare_cached(SQL)?.execute(params![
        id.0,
        end.at.as_microsecond(),
        end.reason.as_str(),
        end.kind.map(|kind| kind.as_str()),
        head.map(|head| head.generation),
        head.map(|head| head.handed_at.as_microsecond()),
        last_activity.map(Timestamp::as_microsecond),
    ])?;
    if ended == 1 {
        changes::write(connection, ChangeKind::SessionEnded, id.0, Some(end.reason), now)?;
    }
    Ok(ended == 1)
}

/// Ends the oldest sessions of an account that has more than `limit`, this one counted and kept, in the order of their ids.
fn end_beyond(
    connection: &Connection,
    session: &Session,
    limit: NonZeroU32,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), Fault> {
    const SQL: &str = "SELECT id FROM sessions
        WHERE user_id = ?1 AND id <> ?2 AND ended_at IS NULL AND ?3 < ends_at AND ?3 < last_activity_at + idle_timeout
        ORDER BY id DESC LIMIT -1 OFFSET ?4";
    let others = limit.get() - 1;
    let values = params![session.user_id.0, session.id.0, now.as_microsecond(), others];
    let mut statement = connection.prepare_cached(SQL)?;
    let found = statement.query_map(values, |row| row.get(0).map(SessionId))?;
    let newest_first: Vec<SessionId> = found.collect::<Result<_, _>>()?;
    for id in newest_first.into_iter().rev() {
        end_besides(connection, id, EndReason::SessionLimit, origin, now)?;
    }
    Ok(())
}

/// Ends a session beside the effect that was asked for, if it is live.
fn end_besides(
    connection: &Connection,
    id: SessionId,
    reason: EndReason,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), Fault> {
    let end = Ended {
        at: now,
        reason,
        kind: None,
    };
    if end_if(connection, id, EndCondition::Live, end, now)? {
        audit::write_session_end(connection, id, reason, origin, now)?;
    }
    Ok(())
}

/// Stores a new session where its account is active and of its epoch, and there is none of this id.
pub(super) fn insert(connection: &Connection, session: &Session) -> Result<bool, rusqlite::Error> {
    const SQL: &str = "INSERT INTO sessions (
            id, user_id, epoch, nonce, refresh_key_id, generation, handed_at, seen_generation, attempt_id, attempt_hash,
            device_hash, delivery, started_at, last_activity_at, idle_timeout, ends_at, ended_at, end_reason, end_kind,
            ip, user_agent)
        SELECT ?1, id, session_epoch, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21
        FROM users WHERE id = ?2 AND session_epoch = ?3 AND state = 'active'
        ON CONFLICT (id) DO NOTHING";
    let ended = session.ended;
    let inserted = connection.prepare_cached(SQL)?.execute(params![
        session.id.0,
        session.user_id.0,
        session.epoch,
        session.nonce.as_bytes(),
        session.refresh_key_id.0,
        session.head.generation,
        session.head.handed_at.as_microsecond(),
        session.seen_generation,
        session.attempt_id.0,
        session.attempt_hash.map(|hash| hash.0),
        session.device_hash.map(|hash| hash.0),
        session.delivery.as_str(),
        session.started_at.as_microsecond(),
        session.last_activity_at.as_microsecond(),
        micros(session.idle_timeout),
        session.ends_at.as_microsecond(),
        ended.map(|end| end.at.as_microsecond()),
        ended.map(|end| end.reason.as_str()),
        ended.and_then(|end| end.kind).map(|kind| kind.as_str()),
        session.client.ip.map(|ip| ip.to_string()),
        session.client.user_agent,
    ])?;
    Ok(inserted == 1)
}
