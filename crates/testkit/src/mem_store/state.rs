//! What is stored, and every effect on it, as plain functions.
//!
//! Which changes an effect writes, in this order:
//! - an account created: `account.created`; its state set: `account.updated`;
//! - its epoch raised (state no longer active, password set, all sessions ended): `account.epoch` with the reason;
//! - every session that is recorded as ended: `session.ended` with the reason, once in its life, in the order of ids where
//!   several end together. Who follows sessions need not know of epochs, and the other way round.
//!
//! `User::updated_at` follows what a person or an administrator changed: state and password. Signing in, a better hash of
//! the same password and ending sessions leave it alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use keyturn_core::model::{
    Account, AccountState, AuditEvent, Change, ChangeKind, EndReason, Ended, NewUser, Session, SessionId,
    User, UserId,
};
use keyturn_core::password::PasswordHash;
use keyturn_core::ports::{
    CreateOutcome, Effect, EndAllSessions, EndCondition, EndOutcome, EndSession, Family, HandAgain,
    NoteActivity, Page, Rehash, Rotate, SessionFilter, SetPassword, SetState, SignInName, SignInRecord,
    StartSession,
};
use uuid::Uuid;

#[derive(Debug)]
struct Stored {
    user: User,
    password_hash: PasswordHash,
}

/// Everything that is stored.
#[derive(Debug, Default)]
pub(super) struct State {
    users: BTreeMap<UserId, Stored>,
    sessions: BTreeMap<SessionId, Session>,
    audit: Vec<AuditEvent>,
    changes: Vec<Change>,
}

/// Sessions.
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
        if let Some(replaced) = start.replaces {
            self.end(
                replaced,
                Ended {
                    at: now,
                    reason: EndReason::Replaced,
                    kind: None,
                },
                now,
            );
        }
        self.sessions.insert(session.id, session.clone());
        Effect::Won(())
    }

    pub(super) fn family(&self, id: SessionId) -> Option<Family> {
        let session = self.sessions.get(&id)?.clone();
        let account = self.account(session.user_id)?.clone();
        Some(Family { session, account })
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

    pub(super) fn rotate(&mut self, rotate: &Rotate, now: Timestamp) -> Effect<Session> {
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
        let rotated = session.clone();
        self.audit.extend(rotate.audit.clone());
        Effect::Won(rotated)
    }

    pub(super) fn hand_again(&mut self, hand: HandAgain, now: Timestamp) -> Effect<Session> {
        let usable = self.usable(hand.session_id);
        let Some(session) = usable.filter(|session| session.head.generation == hand.generation) else {
            return Effect::Lost;
        };
        session.head.handed_at = session.head.handed_at.max(now);
        note(session, hand.activity);
        Effect::Won(session.clone())
    }

    pub(super) fn note_activity(&mut self, activity: NoteActivity, now: Timestamp) -> Effect<Session> {
        let session = self.sessions.get_mut(&activity.session_id);
        let Some(session) = session.filter(|session| session.ended.is_none()) else {
            return Effect::Lost;
        };
        if now >= session.ends_at || now >= session.idle_ends_at() {
            return Effect::Lost;
        }
        let seen = activity.seen_generation.min(session.head.generation);
        session.seen_generation = session.seen_generation.max(seen);
        note(session, activity.activity);
        Effect::Won(session.clone())
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
        self.audit.extend(end.audit.clone());
        EndOutcome::Ended
    }

    pub(super) fn end_all_sessions(&mut self, end: EndAllSessions, now: Timestamp) -> Effect<u64> {
        if !self.users.contains_key(&end.user_id) {
            return Effect::Lost;
        }
        Effect::Won(self.raise_epoch(end.user_id, end.keep, end.reason, now))
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

    /// Ends the sessions of an account, except the one to keep, which follows the epoch if it is live and was of the one
    /// before. Answers how many ended.
    fn raise_epoch(
        &mut self,
        user_id: UserId,
        keep: Option<SessionId>,
        reason: EndReason,
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
            self.end(
                *id,
                Ended {
                    at: now,
                    reason,
                    kind: None,
                },
                now,
            );
        }
        u64::try_from(ending.len()).expect("a count of sessions")
    }
}

/// Accounts.
impl State {
    pub(super) fn create_user(&mut self, new: NewUser, now: Timestamp) -> CreateOutcome {
        let taken =
            |same: &dyn Fn(&Account) -> bool| self.users.values().any(|stored| same(&stored.user.account));
        if let Some(email) = &new.email
            && taken(&|other| {
                other
                    .email
                    .as_ref()
                    .is_some_and(|other| other.key() == email.key())
            })
        {
            return CreateOutcome::EmailTaken;
        }
        if let Some(username) = &new.username
            && taken(&|other| {
                other
                    .username
                    .as_ref()
                    .is_some_and(|other| other.key() == username.key())
            })
        {
            return CreateOutcome::UsernameTaken;
        }
        if taken(&|other| other.subject == new.subject || other.id == new.id) {
            return CreateOutcome::SubjectTaken;
        }
        let (user, password_hash) = created(new, now);
        self.users.insert(
            user.account.id,
            Stored {
                user: user.clone(),
                password_hash,
            },
        );
        self.changed(ChangeKind::AccountCreated, user.account.id.0, None, now);
        CreateOutcome::Created(Box::new(user))
    }

    pub(super) fn user(&self, id: UserId) -> Option<User> {
        self.users.get(&id).map(|stored| stored.user.clone())
    }

    pub(super) fn user_by_subject(&self, subject: &str) -> Option<User> {
        self.find(|account| account.subject == subject)
            .map(|stored| stored.user.clone())
    }

    pub(super) fn user_by_name(&self, name: &SignInName) -> Option<User> {
        self.named(name).map(|stored| stored.user.clone())
    }

    pub(super) fn sign_in(&self, name: &SignInName) -> Option<SignInRecord> {
        self.named(name).map(|stored| SignInRecord {
            account: stored.user.account.clone(),
            password_hash: stored.password_hash.clone(),
        })
    }

    pub(super) fn list_users(&self, state: Option<AccountState>, page: Page<UserId>) -> Vec<User> {
        let newest_first = self.users.values().rev().map(|stored| &stored.user);
        newest_first
            .filter(|user| state.is_none_or(|state| user.account.state == state))
            .filter(|user| page.before.is_none_or(|before| user.account.id < before))
            .take(count(page.limit))
            .cloned()
            .collect()
    }

    pub(super) fn set_state(&mut self, set: &SetState, now: Timestamp) -> Effect<User> {
        let stored = self.users.get_mut(&set.user_id);
        let Some(stored) = stored.filter(|stored| stored.user.account.state == set.from) else {
            return Effect::Lost;
        };
        stored.user.account.state = set.to;
        stored.user.updated_at = stored.user.updated_at.max(now);
        self.changed(ChangeKind::AccountUpdated, set.user_id.0, None, now);
        if !set.to.is_active() {
            self.raise_epoch(set.user_id, None, EndReason::AccountState, now);
        }
        self.audit.push(set.audit.clone());
        self.user(set.user_id).map_or(Effect::Lost, Effect::Won)
    }

    pub(super) fn set_password(&mut self, set: &SetPassword, now: Timestamp) -> Effect<User> {
        let Some(stored) = self.users.get_mut(&set.user_id) else {
            return Effect::Lost;
        };
        stored.password_hash = set.password_hash.clone();
        stored.user.updated_at = stored.user.updated_at.max(now);
        self.raise_epoch(set.user_id, set.keep, EndReason::PasswordChanged, now);
        self.audit.push(set.audit.clone());
        self.user(set.user_id).map_or(Effect::Lost, Effect::Won)
    }

    pub(super) fn rehash(&mut self, rehash: &Rehash) -> Effect<()> {
        let stored = self.users.get_mut(&rehash.user_id);
        let Some(stored) = stored.filter(|stored| stored.password_hash == rehash.expected) else {
            return Effect::Lost;
        };
        stored.password_hash = rehash.password_hash.clone();
        Effect::Won(())
    }

    fn account(&self, id: UserId) -> Option<&Account> {
        self.users.get(&id).map(|stored| &stored.user.account)
    }

    fn find(&self, is_it: impl Fn(&Account) -> bool) -> Option<&Stored> {
        self.users.values().find(|stored| is_it(&stored.user.account))
    }

    fn named(&self, name: &SignInName) -> Option<&Stored> {
        self.find(|account| match name {
            SignInName::EmailKey(key) => account.email.as_ref().is_some_and(|email| email.key() == key),
            SignInName::UsernameKey(key) => account
                .username
                .as_ref()
                .is_some_and(|username| username.key() == key),
        })
    }
}

/// The audit log and the changes.
impl State {
    pub(super) fn record_audit(&mut self, event: AuditEvent) {
        self.audit.push(event);
    }

    pub(super) fn session_audit(&self, id: SessionId, limit: u32) -> Vec<AuditEvent> {
        let of_session = self.audit.iter().filter(|event| event.session_id == Some(id));
        of_session.take(count(limit)).cloned().collect()
    }

    pub(super) fn changes_after(&self, after: i64, limit: u32) -> Vec<Change> {
        self.changes
            .iter()
            .filter(|change| change.seq > after)
            .take(count(limit))
            .cloned()
            .collect()
    }

    fn changed(&mut self, kind: ChangeKind, id: Uuid, reason: Option<EndReason>, at: Timestamp) {
        let seq = self.changes.last().map_or(1, |last| last.seq + 1);
        self.changes.push(Change {
            seq,
            at,
            kind,
            id,
            reason,
        });
    }
}

fn created(new: NewUser, now: Timestamp) -> (User, PasswordHash) {
    let account = Account {
        id: new.id,
        subject: new.subject,
        email: new.email,
        username: new.username,
        state: new.state,
        permissions: new.permissions,
        session_epoch: 0,
        epoch_reason: None,
    };
    let user = User {
        account,
        name: new.name,
        metadata: serde_json::Value::Object(serde_json::Map::new()),
        created_at: now,
        updated_at: now,
        last_login_at: None,
    };
    (user, new.password_hash)
}

fn note(session: &mut Session, activity: Option<Timestamp>) {
    session.last_activity_at =
        activity.map_or(session.last_activity_at, |at| session.last_activity_at.max(at));
}

fn count(limit: u32) -> usize {
    usize::try_from(limit).expect("a limit that memory could hold")
}
