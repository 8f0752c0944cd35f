//! Effects on sessions.

use std::num::NonZeroU32;

use jiff::Timestamp;
use keyturn_core::model::{
    AuditEvent, ChangeKind, EndReason, Ended, Origin, Progress, Session, SessionId, UserId,
};
use keyturn_core::ports::{
    Effect, EndAllSessions, EndCondition, EndOutcome, EndSession, Family, HandAgain, NoteActivity, Page,
    Rotate, SessionFilter, StartSession,
};

use super::state::{State, count};

impl State {
    pub(super) fn start_session(&mut self, start: &StartSession, now: Timestamp) -> Effect<()> {
        let session = &start.session;
        let Some(stored) = self.users.get_mut(&session.user_id) else {
            return Effect::Lost;
        };
        let account = &stored.user.account;
        let admitted = account.state.is_active() && account.session_epoch == session.epoch;
        if !admitted || self.sessions.contains_key(&session.id) {
            return Effect::Lost;
        }
        stored.user.last_login_at = stored.user.last_login_at.max(Some(now));
        self.audit.push(start.audit.clone());
        let origin = &start.audit.origin;
        if let Some(replaced) = start.replaces {
            self.end_besides(replaced, EndReason::Replaced, origin, now);
        }
        self.sessions.insert(session.id, session.clone());
        if let Some(limit) = start.limit {
            self.end_beyond(session, limit, origin, now);
        }
        self.take_back(&start.returns, now);
        Effect::Won(())
    }

    /// Ends the oldest sessions of an account that has more than `limit`, this one counted and kept, in the order of their ids.
    fn end_beyond(&mut self, kept: &Session, limit: NonZeroU32, origin: &Origin, now: Timestamp) {
        let live: Vec<SessionId> = self
            .sessions
            .values()
            .filter(|session| session.user_id == kept.user_id && session.id != kept.id)
            .filter(|session| {
                session.ended.is_none() && now < session.ends_at && now < session.idle_ends_at()
            })
            .map(|session| session.id)
            .collect();
        let others = count(limit.get() - 1);
        for id in live.iter().take(live.len().saturating_sub(others)) {
            self.end_besides(*id, EndReason::SessionLimit, origin, now);
        }
    }

    pub(super) fn family(&self, id: SessionId) -> Option<Family> {
        let session = self.sessions.get(&id)?.clone();
        let account = self.account(session.user_id)?.clone();
        Some(Family {
            session,
            account: account.into(),
        })
    }

    pub(super) fn list_sessions(
        &self,
        user_id: Option<UserId>,
        filter: SessionFilter,
        page: Page<SessionId>,
    ) -> Vec<Family> {
        let newest_first = self.sessions.values().rev();
        newest_first
            .filter(|session| user_id.is_none_or(|user_id| session.user_id == user_id))
            .filter(|session| filter == SessionFilter::All || session.ended.is_none())
            .filter(|session| page.before.is_none_or(|before| session.id < before))
            .filter_map(|session| self.family(session.id))
            .take(count(page.limit))
            .collect()
    }

    pub(super) fn rotate(&mut self, rotate: &Rotate, now: Timestamp) -> Effect<Progress> {
        let Some(session) = self
            .usable(rotate.session_id)
            .filter(|session| session.head == rotate.expected)
        else {
            return Effect::Lost;
        };
        session.head.generation = rotate.generation;
        session.head.handed_at = session.head.handed_at.max(now);
        session.attempt_id = rotate.attempt_id;
        session.attempt_hash = rotate.attempt_hash;
        session.seen_generation = session.seen_generation.max(rotate.seen_generation);
        note(session, rotate.activity);
        let rotated = session.progress();
        self.audit.extend(rotate.audit.clone());
        Effect::Won(rotated)
    }

    pub(super) fn hand_again(&mut self, hand: HandAgain, now: Timestamp) -> Effect<Progress> {
        let usable = self.usable(hand.session_id);
        let Some(session) = usable.filter(|session| session.head.generation == hand.generation) else {
            return Effect::Lost;
        };
        session.head.handed_at = session.head.handed_at.max(now);
        note(session, hand.activity);
        Effect::Won(session.progress())
    }

    pub(super) fn note_activity(&mut self, activity: NoteActivity, now: Timestamp) -> Effect<Progress> {
        let Some(session) = self.usable(activity.session_id) else {
            return Effect::Lost;
        };
        if now >= session.ends_at || now >= session.idle_ends_at() {
            return Effect::Lost;
        }
        let seen = activity.seen_generation.min(session.head.generation);
        session.seen_generation = session.seen_generation.max(seen);
        note(session, activity.activity);
        Effect::Won(session.progress())
    }

    pub(super) fn end_session(&mut self, end: &EndSession, now: Timestamp) -> EndOutcome {
        let Some(session) = self.sessions.get(&end.session_id) else {
            return EndOutcome::Absent;
        };
        if let Some(ended) = session.ended {
            return EndOutcome::Already(ended);
        }
        let holds = match end.condition {
            EndCondition::Live => true,
            EndCondition::Head(head) => session.head == head,
            EndCondition::LastActivity(at) => session.last_activity_at <= at,
        };
        if !holds {
            return EndOutcome::Lost;
        }
        self.end(end.session_id, end.end, now);
        self.audit.push(end.audit.clone());
        EndOutcome::Ended
    }

    pub(super) fn end_all_sessions(&mut self, end: &EndAllSessions, now: Timestamp) -> Effect<u64> {
        if self.user(end.user_id).is_none() {
            return Effect::Lost;
        }
        Effect::Won(self.raise_epoch(end.user_id, end.keep, end.reason, &end.origin, now))
    }

    /// A session that may be rotated: live, its epoch the account's, the account active.
    fn usable(&mut self, id: SessionId) -> Option<&mut Session> {
        let session = self.sessions.get_mut(&id)?;
        let account = &self.users.get(&session.user_id)?.user.account;
        let usable =
            session.ended.is_none() && session.epoch == account.session_epoch && account.state.is_active();
        usable.then_some(session)
    }

    /// Records an end, unless one is recorded.
    fn end(&mut self, id: SessionId, ended: Ended, now: Timestamp) {
        let Some(session) = self
            .sessions
            .get_mut(&id)
            .filter(|session| session.ended.is_none())
        else {
            return;
        };
        session.ended = Some(ended);
        self.changed(ChangeKind::SessionEnded, id.0, Some(ended.reason), now);
    }

    /// Ends a session beside the effect that was asked for, if it is live.
    fn end_besides(&mut self, id: SessionId, reason: EndReason, origin: &Origin, now: Timestamp) {
        let Some(session) = self.sessions.get(&id).filter(|session| session.ended.is_none()) else {
            return;
        };
        let event = AuditEvent::session_ended(session.user_id, id, reason, origin, now);
        self.audit.push(event);
        let ended = Ended {
            at: now,
            reason,
            kind: None,
        };
        self.end(id, ended, now);
    }

    /// Ends the sessions of an account, except the one to keep, which follows the epoch if it is live and was of the one
    /// before. Answers how many ended.
    pub(super) fn raise_epoch(
        &mut self,
        user_id: UserId,
        keep: Option<SessionId>,
        reason: EndReason,
        origin: &Origin,
        now: Timestamp,
    ) -> u64 {
        let Some(stored) = self.users.get_mut(&user_id) else {
            return 0;
        };
        let account = &mut stored.user.account;
        let before = account.session_epoch;
        account.session_epoch += 1;
        account.epoch_reason = Some(reason);
        self.changed(ChangeKind::AccountEpoch, user_id.0, Some(reason), now);
        let mut ending = Vec::new();
        for session in self
            .sessions
            .values_mut()
            .filter(|session| session.user_id == user_id && session.ended.is_none())
        {
            if Some(session.id) == keep && session.epoch == before {
                session.epoch = before + 1;
            } else {
                ending.push(session.id);
            }
        }
        for id in &ending {
            self.end_besides(*id, reason, origin, now);
        }
        u64::try_from(ending.len()).expect("a count of sessions")
    }
}

fn note(session: &mut Session, activity: Option<Timestamp>) {
    session.last_activity_at =
        activity.map_or(session.last_activity_at, |at| session.last_activity_at.max(at));
}
