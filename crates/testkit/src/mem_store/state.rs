//! What is stored, and what is recorded beside every effect.
//!
//! Which changes an effect writes, in this order:
//! - an account created: `account.created`; its state or profile set: `account.updated`; it was deleted: `account.deleted`;
//! - its epoch raised (no longer active, password set, all sessions ended, deleted): `account.epoch` with the reason;
//! - every session that is recorded as ended: `session.ended` with the reason, once in its life, in the order of ids where
//!   several end together. Who follows sessions need not know of epochs, and the other way round.
//!
//! Which audit events: the effect's own first, then one for every session that ends besides, in the same order as their changes.
//!
//! `User::updated_at` follows what a person or an administrator changed: state, profile and password. Signing in, a better hash of
//! the same password and ending sessions leave it alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use keyturn_core::credential::{SecretMark, ServiceSecretHash};
use keyturn_core::model::{
    Agent, AuditEvent, Change, ChangeKind, EndReason, OneTimeTokenId, RequestId, Service, ServiceName,
    Session, SessionId, StoredKey, StoredOneTimeToken, User, UserId,
};
use keyturn_core::password::PasswordHash;
use keyturn_core::ports::{
    AuditEntry, AuditFilter, AuditPosition, ChangedAccount, KeepSecretMark, Page, Replaces,
};
use keyturn_core::throttle::BucketId;
use uuid::Uuid;

use super::sweep::Turn;

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) user: User,
    pub(super) password_hash: PasswordHash,
}

/// The audit log: events keep their numbers when others are swept.
#[derive(Debug, Default)]
pub(super) struct Log {
    written: i64,
    events: BTreeMap<i64, AuditEvent>,
}

impl Log {
    pub(super) fn push(&mut self, event: AuditEvent) {
        self.written += 1;
        self.events.insert(self.written, event);
    }

    pub(super) fn extend(&mut self, events: impl IntoIterator<Item = AuditEvent>) {
        events.into_iter().for_each(|event| self.push(event));
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &AuditEvent> {
        self.events.values()
    }

    /// The events by their numbers.
    pub(super) const fn numbered(&self) -> &BTreeMap<i64, AuditEvent> {
        &self.events
    }

    /// The same, to change them.
    pub(super) const fn numbered_mut(&mut self) -> &mut BTreeMap<i64, AuditEvent> {
        &mut self.events
    }
}

/// Everything that is stored.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) users: BTreeMap<UserId, Stored>,
    /// Those of them that are deleted, and when: what is left of them is found by their sessions alone.
    pub(super) deleted_users: BTreeMap<UserId, Timestamp>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    pub(super) throttles: BTreeMap<BucketId, Timestamp>,
    pub(super) services: BTreeMap<ServiceName, (ServiceSecretHash, Service)>,
    pub(super) signing_keys: BTreeMap<String, StoredKey>,
    pub(super) one_time_tokens: BTreeMap<OneTimeTokenId, StoredOneTimeToken>,
    pub(super) audit: Log,
    pub(super) secret_mark: Option<SecretMark>,
    pub(super) changes: Vec<Change>,
    pub(super) sweep_turn: Turn,
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

    pub(super) fn list_audit(&self, filter: &AuditFilter, page: Page<AuditPosition>) -> Vec<AuditEntry> {
        let events = self.audit.numbered().iter();
        let numbered = events.map(|(number, event)| (AuditPosition(*number), event));
        let mut newest_first: Vec<_> = numbered.filter(|(_, event)| filter.admits(event)).collect();
        newest_first.reverse();
        newest_first
            .into_iter()
            .filter(|(position, _)| page.before.is_none_or(|before| *position < before))
            .take(count(page.limit))
            .map(|(position, event)| AuditEntry {
                position,
                event: event.clone(),
                subject: self.subject(event.user_id),
                agent_subject: self.subject(event.origin.agent.as_ref().and_then(Agent::account)),
            })
            .collect()
    }

    fn subject(&self, id: Option<UserId>) -> Option<String> {
        Some(self.users.get(&id?)?.user.account.subject.clone())
    }

    pub(super) fn request_audit(&self, id: &RequestId, limit: u32) -> Vec<AuditEvent> {
        let of_request = |event: &&AuditEvent| event.origin.request_id.as_ref() == Some(id);
        let events = self.audit.iter().filter(of_request);
        events.take(count(limit)).cloned().collect()
    }

    pub(super) fn changes_after(&self, after: i64, limit: u32) -> Vec<Change> {
        self.changes
            .iter()
            .filter(|change| change.seq > after)
            .take(count(limit))
            .cloned()
            .collect()
    }

    pub(super) fn changed_account(&self, id: UserId) -> Option<ChangedAccount> {
        let account = &self.users.get(&id)?.user.account;
        Some(ChangedAccount {
            subject: account.subject.clone(),
            state: (!self.deleted_users.contains_key(&id)).then_some(account.state),
        })
    }

    pub(super) fn changed(&mut self, kind: ChangeKind, id: Uuid, reason: Option<EndReason>, at: Timestamp) {
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

impl State {
    pub(super) fn keep_secret_mark(&mut self, keep: KeepSecretMark) -> bool {
        let kept = *self.secret_mark.get_or_insert(keep.mark);
        let fits = kept == keep.mark
            || match keep.replaces {
                Replaces::Nothing => false,
                Replaces::Previous(previous) => kept == previous,
                Replaces::Anything => true,
            };
        if fits {
            self.secret_mark = Some(keep.mark);
        }
        fits
    }
}

pub(super) fn count(limit: u32) -> usize {
    usize::try_from(limit).expect("a limit that memory could hold")
}
