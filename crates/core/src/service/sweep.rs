//! Sweeping: recording the ends that nobody came to notice, and removing what is kept long enough.
//!
//! **The rule**: nothing depends on it. A session past its end is refused whether or not that is recorded, and an event that should be gone
//! harms nobody for a while. So it may stop anywhere, run twice, or run on two nodes at once: each of its effects is conditional.
//!
//! **The caveat**: an end is recorded [`SETTLED_AFTER`] it was due, so that activity that a node still holds in memory is stored by then.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::lifetime;
use crate::model::ids::uuid_v7;
use crate::model::reason::named;
use crate::model::{AuditEvent, EndReason, OneTimeTokenId, Origin, SessionId, UserId};
use crate::ports::{
    ClaimSweep, EndCondition, EndOutcome, EndSession, Entropy, Family, Slice, Store, StoreError,
};

/// Activity is stored within 30 seconds, and close to an end before its answer ([`crate::activity`]).
const SETTLED_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// Rows that one command looks at: about a millisecond of the writer's time.
const SLICE: u32 = 200;

/// How long a turn lasts if its holder dies. It is held for longer after each half.
const TURN: SignedDuration = SignedDuration::from_mins(5);

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Sessions, after their end.
    pub ended_sessions: SignedDuration,
    /// The ids of deleted accounts, after the deletion; longer where one of their sessions is kept still.
    pub deleted_accounts: SignedDuration,
    /// Audit events.
    pub audit: SignedDuration,
    /// Changes, for those who follow them.
    pub changes: SignedDuration,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        Self {
            ended_sessions: days(30),
            deleted_accounts: days(365),
            audit: days(365),
            changes: days(7),
        }
    }
}

named! {
    /// What a sweep does something to.
    SweptKind ("kind of swept rows") {
        /// Sessions past an end of their own, of which that was recorded.
        OverdueSessions = "overdue_sessions",
        /// Ended sessions, removed.
        EndedSessions = "ended_sessions",
        /// What was left of deleted accounts, removed.
        DeletedAccounts = "deleted_accounts",
        /// One-time tokens that were spent, void or past their end, removed.
        OneTimeTokens = "one_time_tokens",
        /// Audit events, removed.
        AuditEvents = "audit_events",
        /// Changes, removed.
        Changes = "changes",
    }
}

/// One step's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// To what.
    pub kind: SweptKind,
    /// To how many rows.
    pub rows: u64,
}

/// Where a sweep is: the last row it has looked at.
#[derive(Debug, Clone, Copy)]
enum Place {
    Overdue(Option<SessionId>),
    Sessions(Option<SessionId>),
    Users(Option<UserId>),
    Tokens(Option<OneTimeTokenId>),
    Audit(Option<i64>),
    Changes(Option<i64>),
    Over,
}

/// One sweep over the whole store, a slice at a time. Whoever drives it pauses between the steps.
pub struct Sweep {
    store: Arc<dyn Store>,
    policy: RetentionPolicy,
    origin: Origin,
    holder: Uuid,
    held_until: Timestamp,
    place: Place,
}

impl Sweep {
    /// Begins one, if nobody else is at it, and none was finished after `unless_finished_after`; else `None`.
    ///
    /// # Errors
    /// The store does not serve.
    pub async fn begin(
        store: Arc<dyn Store>,
        policy: RetentionPolicy,
        origin: Origin,
        entropy: &dyn Entropy,
        unless_finished_after: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let mut sweep = Self {
            store,
            policy,
            origin,
            holder: uuid_v7(now, entropy),
            held_until: now,
            place: Place::Overdue(None),
        };
        let is_ours = sweep.claim(unless_finished_after, now).await?;
        Ok(is_ours.then_some(sweep))
    }

    /// Does the next slice. `None`: the sweep is over, or somebody else has taken the turn.
    ///
    /// # Errors
    /// The store does not serve; the same step may be tried again.
    pub async fn step(&mut self, now: Timestamp) -> Result<Option<Swept>, StoreError> {
        if self.held_until.duration_since(now) < TURN / 2 && !self.claim(None, now).await? {
            return Ok(None);
        }
        let (swept, next) = match self.place {
            Place::Overdue(after) => self.record_overdue(after, now).await?,
            Place::Sessions(after) => self.sweep_sessions(after, now).await?,
            Place::Users(after) => self.sweep_users(after, now).await?,
            Place::Tokens(after) => self.sweep_tokens(after, now).await?,
            Place::Audit(after) => self.sweep_audit(after, now).await?,
            Place::Changes(after) => self.sweep_changes(after, now).await?,
            Place::Over => {
                self.store.finish_sweep(self.holder, now).await?;
                return Ok(None);
            }
        };
        self.place = next;
        Ok(Some(swept))
    }

    async fn claim(
        &mut self,
        unless_finished_after: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let until = now.saturating_add(TURN).unwrap_or(Timestamp::MAX);
        let claim = ClaimSweep {
            holder: self.holder,
            until,
            unless_finished_after,
        };
        self.held_until = until;
        self.store.claim_sweep(claim, now).await
    }

    async fn record_overdue(
        &self,
        after: Option<SessionId>,
        now: Timestamp,
    ) -> Result<(Swept, Place), StoreError> {
        let due = before(now, SETTLED_AFTER);
        let walked = self.store.overdue_sessions(slice(after, None), due).await?;
        let mut rows = 0;
        for id in walked.found {
            rows += u64::from(self.record_end(id, due, now).await?);
        }
        let next = walked
            .last
            .map_or(Place::Sessions(None), |last| Place::Overdue(Some(last)));
        Ok((swept(SweptKind::OverdueSessions, rows), next))
    }

    /// Records the end that was due, by the same rule and on the same condition as a request that notices it.
    async fn record_end(&self, id: SessionId, due: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        let Some(Family { session, account }) = self.store.find_session(id).await? else {
            return Ok(false);
        };
        let Err(end) = lifetime::standing(&session, &account, due) else {
            return Ok(false);
        };
        let condition = match end.reason {
            EndReason::Idle => EndCondition::LastActivity(session.last_activity_at),
            _ => EndCondition::Live,
        };
        let end = EndSession {
            session_id: id,
            condition,
            end,
            audit: AuditEvent::session_ended(session.user_id, id, end.reason, &self.origin, now),
        };
        Ok(self.store.end_session(end, now).await? == EndOutcome::Ended)
    }

    async fn sweep_sessions(
        &self,
        after: Option<SessionId>,
        now: Timestamp,
    ) -> Result<(Swept, Place), StoreError> {
        let until = before(now, self.policy.ended_sessions);
        // Ids go by time: a session that began later can't have ended before.
        let slice = slice(after, Some(SessionId::first_at(later(until))));
        let walked = self.store.sweep_sessions(slice, until, now).await?;
        let next = walked
            .last
            .map_or(Place::Users(None), |last| Place::Sessions(Some(last)));
        Ok((swept(SweptKind::EndedSessions, walked.found), next))
    }

    async fn sweep_users(&self, after: Option<UserId>, now: Timestamp) -> Result<(Swept, Place), StoreError> {
        let until = before(now, self.policy.deleted_accounts);
        let walked = self.store.sweep_users(slice(after, None), until, now).await?;
        let next = walked
            .last
            .map_or(Place::Tokens(None), |last| Place::Users(Some(last)));
        Ok((swept(SweptKind::DeletedAccounts, walked.found), next))
    }

    /// What they stood for is done or can't be done any more: nobody asks for them again.
    async fn sweep_tokens(
        &self,
        after: Option<OneTimeTokenId>,
        now: Timestamp,
    ) -> Result<(Swept, Place), StoreError> {
        let slice = slice(after, None);
        let walked = self.store.sweep_one_time_tokens(slice, now, now).await?;
        let next = walked
            .last
            .map_or(Place::Audit(None), |last| Place::Tokens(Some(last)));
        Ok((swept(SweptKind::OneTimeTokens, walked.found), next))
    }

    /// Events lie in the order in which they were written: a whole slice that is too young is where the walk ends.
    async fn sweep_audit(&self, after: Option<i64>, now: Timestamp) -> Result<(Swept, Place), StoreError> {
        let until = before(now, self.policy.audit);
        let walked = self.store.sweep_audit(slice(after, None), until, now).await?;
        let last = walked.last.filter(|_| walked.found > 0);
        let next = last.map_or(Place::Changes(None), |last| Place::Audit(Some(last)));
        Ok((swept(SweptKind::AuditEvents, walked.found), next))
    }

    /// Changes too.
    async fn sweep_changes(&self, after: Option<i64>, now: Timestamp) -> Result<(Swept, Place), StoreError> {
        let until = before(now, self.policy.changes);
        let walked = self.store.sweep_changes(slice(after, None), until, now).await?;
        let last = walked.last.filter(|_| walked.found > 0);
        let next = last.map_or(Place::Over, |last| Place::Changes(Some(last)));
        Ok((swept(SweptKind::Changes, walked.found), next))
    }
}

const fn slice<Id>(after: Option<Id>, before: Option<Id>) -> Slice<Id> {
    Slice {
        after,
        before,
        limit: SLICE,
    }
}

const fn swept(kind: SweptKind, rows: u64) -> Swept {
    Swept { kind, rows }
}

fn before(now: Timestamp, time: SignedDuration) -> Timestamp {
    now.saturating_sub(time).unwrap_or(Timestamp::MIN)
}

/// The next millisecond, which is what ids tell apart.
fn later(at: Timestamp) -> Timestamp {
    at.saturating_add(SignedDuration::from_millis(1))
        .unwrap_or(Timestamp::MAX)
}
