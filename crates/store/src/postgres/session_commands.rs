//! What is written to table `sessions`: each effect a conditional statement, and what belongs to it.
//!
//! Rotations and the like are in [`batch`](super::batch), many at once. For the order in which rows are locked see
//! [`user_commands`].

use std::num::NonZeroU32;

use async_trait::async_trait;
use keyturn_core::model::{ChangeKind, EndReason, Ended, Origin, Progress, Session, SessionId, UserId};
use keyturn_core::ports::{
    Effect, EndAllSessions, EndCondition, EndOutcome, EndSession, Rotate, StartSession,
};
use uuid::Uuid;

use super::batch::Hot;
use super::rows::Fault;
use super::sessions::{find_end, micros};
use super::work::{Values, Work};
use super::writer::Command;
use super::{audit, throttles, user_commands};

/// Locks one session, the live ones of an account, or both.
pub(super) const LOCK_TO_END: &str =
    "SELECT 1 FROM sessions WHERE (id = $1 OR user_id = $2) AND ended_at IS NULL
    ORDER BY id FOR NO KEY UPDATE";

/// Ends one session, if it is as it was judged.
pub(super) const END: &str = "UPDATE sessions SET ended_at = $2, end_reason = $3, end_kind = $4
    WHERE id = $1 AND ended_at IS NULL
      AND ($5::bigint IS NULL OR (generation = $5 AND handed_at = $6))
      AND ($7::timestamptz IS NULL OR last_activity_at <= $7)";

#[async_trait]
impl Command for StartSession {
    type Outcome = Effect<()>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<()>, Fault> {
        let session = &self.session;
        if !user_commands::lock_active(work, session.user_id, session.epoch).await?
            || !insert(work, session).await?
        {
            return Ok(Effect::Lost);
        }
        user_commands::note_sign_in(work, session.user_id).await?;
        audit::write(work, &self.audit).await?;
        let origin = &self.audit.origin;
        let replaced = self.replaces.filter(|replaced| *replaced != session.id);
        lock_to_end(work, replaced, self.limit.map(|_| session.user_id)).await?;
        if let Some(replaced) = replaced {
            end_besides(work, replaced, EndReason::Replaced, origin).await?;
        }
        if let Some(limit) = self.limit {
            end_beyond(work, session, limit, origin).await?;
        }
        throttles::take_back(work, &self.returns).await?;
        Ok(Effect::Won(()))
    }
}

#[async_trait]
impl Command for Rotate {
    type Outcome = Effect<Progress>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<Progress>, Fault> {
        let effect = Hot::from(self.clone()).run(work).await?;
        if let (Effect::Won(_), Some(event)) = (&effect, &self.audit) {
            audit::write(work, event).await?;
        }
        Ok(effect)
    }
}

#[async_trait]
impl Command for EndSession {
    type Outcome = EndOutcome;

    async fn run(&self, work: &mut Work<'_>) -> Result<EndOutcome, Fault> {
        if end_if(work, self.session_id, self.condition, self.end).await? {
            audit::write(work, &self.audit).await?;
            return Ok(EndOutcome::Ended);
        }
        Ok(match find_end(work, self.session_id).await? {
            None => EndOutcome::Absent,
            Some(None) => EndOutcome::Lost,
            Some(Some(ended)) => EndOutcome::Already(ended),
        })
    }
}

#[async_trait]
impl Command for EndAllSessions {
    type Outcome = Effect<u64>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<u64>, Fault> {
        if !user_commands::raise_epoch(work, self.user_id, self.reason).await? {
            return Ok(Effect::Lost);
        }
        let ended = end_older(work, self.user_id, self.keep, self.reason, &self.origin).await?;
        Ok(Effect::Won(ended))
    }
}

/// Ends the sessions of an account whose epoch was just raised, except the one to keep, which follows the epoch if it is live
/// and was of the one before. Answers how many ended.
pub(super) async fn end_older(
    work: &mut Work<'_>,
    user_id: UserId,
    keep: Option<SessionId>,
    reason: EndReason,
    origin: &Origin,
) -> Result<u64, Fault> {
    const SQL: &str = "UPDATE sessions SET ended_at = $1, end_reason = $2
        WHERE user_id = $3 AND ended_at IS NULL AND ($4::uuid IS NULL OR id <> $4) RETURNING id";
    work.note_change(ChangeKind::AccountEpoch, user_id.0, Some(reason));
    lock_to_end(work, None, Some(user_id)).await?;
    let kept = match keep {
        Some(id) if follow_epoch(work, user_id, id).await? => Some(id.0),
        _ => None,
    };
    let values: Values<'_> = &[&work.now, &reason.as_str(), &user_id.0, &kept];
    let rows = work.query(SQL, values).await?;
    let ids = rows.iter().map(|row| row.try_get(0));
    let mut ended: Vec<Uuid> = ids.collect::<Result<_, _>>()?;
    ended.sort_unstable();
    for id in &ended {
        work.note_change(ChangeKind::SessionEnded, *id, Some(reason));
    }
    audit::write_session_ends(work, &ended, reason, origin).await?;
    Ok(u64::try_from(ended.len()).unwrap_or(u64::MAX))
}

/// Forgets where the sessions of an account were started, and with what.
pub(super) async fn forget_clients(work: &Work<'_>, user_id: UserId) -> Result<(), Fault> {
    const LOCK: &str = "SELECT 1 FROM sessions WHERE user_id = $1 ORDER BY id FOR NO KEY UPDATE";
    const SQL: &str = "UPDATE sessions SET ip = NULL, user_agent = NULL WHERE user_id = $1";
    work.query(LOCK, &[&user_id.0]).await?;
    work.execute(SQL, &[&user_id.0]).await.map(drop)
}

async fn follow_epoch(work: &Work<'_>, user_id: UserId, id: SessionId) -> Result<bool, Fault> {
    const SQL: &str = "UPDATE sessions SET epoch = epoch + 1
        WHERE id = $1 AND user_id = $2 AND ended_at IS NULL
          AND epoch + 1 = (SELECT session_epoch FROM users WHERE users.id = $2)";
    Ok(work.execute(SQL, &[&id.0, &user_id.0]).await? == 1)
}

/// Locks what is about to end, in the order of ids: one session, the live ones of an account, or both.
async fn lock_to_end(
    work: &Work<'_>,
    session: Option<SessionId>,
    account: Option<UserId>,
) -> Result<(), Fault> {
    if session.is_some() || account.is_some() {
        let (session, account) = (session.map(|id| id.0), account.map(|id| id.0));
        work.look(LOCK_TO_END, &[&session, &account]).await?;
    }
    Ok(())
}

/// Records an end where the condition holds and none is recorded, with the change that tells of it.
async fn end_if(
    work: &mut Work<'_>,
    id: SessionId,
    condition: EndCondition,
    end: Ended,
) -> Result<bool, Fault> {
    let (head, last_activity) = match condition {
        EndCondition::Live => (None, None),
        EndCondition::Head(head) => (Some(head), None),
        EndCondition::LastActivity(at) => (None, Some(at)),
    };
    let values: Values<'_> = &[
        &id.0,
        &end.at,
        &end.reason.as_str(),
        &end.kind.map(|kind| kind.as_str()),
        &head.map(|head| i64::from(head.generation)),
        &head.map(|head| head.handed_at),
        &last_activity,
    ];
    let ended = work.execute(END, values).await? == 1;
    if ended {
        work.note_change(ChangeKind::SessionEnded, id.0, Some(end.reason));
    }
    Ok(ended)
}

/// Ends the oldest sessions of an account that has more than `limit`, this one counted and kept, in the order of their ids.
async fn end_beyond(
    work: &mut Work<'_>,
    session: &Session,
    limit: NonZeroU32,
    origin: &Origin,
) -> Result<(), Fault> {
    const SQL: &str = "SELECT id FROM sessions
        WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL AND $3 < ends_at
          AND $3 - last_activity_at < idle_timeout * interval '1 microsecond'
        ORDER BY id DESC OFFSET $4";
    let others = i64::from(limit.get()) - 1;
    let values: Values<'_> = &[&session.user_id.0, &session.id.0, &work.now, &others];
    let newest_first = work.query(SQL, values).await?;
    for row in newest_first.iter().rev() {
        end_besides(work, SessionId(row.try_get(0)?), EndReason::SessionLimit, origin).await?;
    }
    Ok(())
}

/// Ends a session beside the effect that was asked for, if it is live.
async fn end_besides(
    work: &mut Work<'_>,
    id: SessionId,
    reason: EndReason,
    origin: &Origin,
) -> Result<(), Fault> {
    let end = Ended {
        at: work.now,
        reason,
        kind: None,
    };
    if end_if(work, id, EndCondition::Live, end).await? {
        audit::write_session_ends(work, &[id.0], reason, origin).await?;
    }
    Ok(())
}

/// Stores a new session, if there is none of this id. Its account is locked.
async fn insert(work: &Work<'_>, session: &Session) -> Result<bool, Fault> {
    const SQL: &str = "INSERT INTO sessions (
            id, user_id, epoch, nonce, refresh_key_id, generation, handed_at, seen_generation, attempt_id, attempt_hash,
            device_hash, delivery, started_at, last_activity_at, idle_timeout, ends_at, ended_at, end_reason, end_kind,
            ip, user_agent)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        ON CONFLICT (id) DO NOTHING";
    let ended = session.ended;
    let attempt_hash = session.attempt_hash.as_ref().map(|hash| hash.0.as_slice());
    let device_hash = session.device_hash.as_ref().map(|hash| hash.0.as_slice());
    let values: Values<'_> = &[
        &session.id.0,
        &session.user_id.0,
        &session.epoch,
        &session.nonce.as_bytes().as_slice(),
        &i64::from(session.refresh_key_id.0),
        &i64::from(session.head.generation),
        &session.head.handed_at,
        &i64::from(session.seen_generation),
        &session.attempt_id.0.as_slice(),
        &attempt_hash,
        &device_hash,
        &session.delivery.as_str(),
        &session.started_at,
        &session.last_activity_at,
        &micros(session.idle_timeout),
        &session.ends_at,
        &ended.map(|end| end.at),
        &ended.map(|end| end.reason.as_str()),
        &ended.and_then(|end| end.kind).map(|kind| kind.as_str()),
        &session.client.ip,
        &session.client.user_agent,
    ];
    Ok(work.execute(SQL, values).await? == 1)
}
