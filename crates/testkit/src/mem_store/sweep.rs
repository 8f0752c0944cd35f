//! Sweeping: slices of ordered maps and lists.

use std::collections::BTreeMap;
use std::ops::Bound;

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{OneTimeTokenId, Session, SessionId, UserId};
use keyturn_core::ports::{ClaimSweep, Slice, StoreError, SweepStore, Walked};
use uuid::Uuid;

use super::MemStore;
use super::state::{State, count};

/// Whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Turn {
    holder: Option<(Uuid, Timestamp)>,
    finished_at: Option<Timestamp>,
}

#[async_trait]
impl SweepStore for MemStore {
    async fn claim_sweep(&self, claim: ClaimSweep, now: Timestamp) -> Result<bool, StoreError> {
        self.write(|state| state.sweep_turn.claim(claim, now))
    }

    async fn finish_sweep(&self, holder: Uuid, now: Timestamp) -> Result<(), StoreError> {
        self.write(|state| state.sweep_turn.finish(holder, now))
    }

    async fn overdue_sessions(
        &self,
        slice: Slice<SessionId>,
        at: Timestamp,
    ) -> Result<Walked<SessionId, Vec<SessionId>>, StoreError> {
        self.read(|state| state.overdue_sessions(slice, at))
    }

    async fn sweep_sessions(
        &self,
        slice: Slice<SessionId>,
        ended_until: Timestamp,
        _now: Timestamp,
    ) -> Result<Walked<SessionId, u64>, StoreError> {
        self.write(|state| {
            let (keys, last) = keys(&state.sessions, slice);
            let is_old = |session: &Session| session.ended.is_some_and(|ended| ended.at <= ended_until);
            let before = state.sessions.len();
            state
                .sessions
                .retain(|id, session| !(keys.contains(id) && is_old(session)));
            walked(before - state.sessions.len(), last)
        })
    }

    async fn sweep_users(
        &self,
        slice: Slice<UserId>,
        deleted_until: Timestamp,
        _now: Timestamp,
    ) -> Result<Walked<UserId, u64>, StoreError> {
        self.write(|state| state.sweep_users(slice, deleted_until))
    }

    async fn sweep_one_time_tokens(
        &self,
        slice: Slice<OneTimeTokenId>,
        until: Timestamp,
        _now: Timestamp,
    ) -> Result<Walked<OneTimeTokenId, u64>, StoreError> {
        self.write(|state| {
            let (keys, last) = keys(&state.one_time_tokens, slice);
            let before = state.one_time_tokens.len();
            state
                .one_time_tokens
                .retain(|id, token| !(keys.contains(id) && token.expires_at <= until));
            walked(before - state.one_time_tokens.len(), last)
        })
    }

    async fn sweep_audit(
        &self,
        slice: Slice<i64>,
        until: Timestamp,
        _now: Timestamp,
    ) -> Result<Walked<i64, u64>, StoreError> {
        self.write(|state| {
            let events = state.audit.numbered_mut();
            let (keys, last) = keys(events, slice);
            let before = events.len();
            events.retain(|number, event| !(keys.contains(number) && event.at <= until));
            walked(before - events.len(), last)
        })
    }

    async fn sweep_changes(
        &self,
        slice: Slice<i64>,
        until: Timestamp,
        _now: Timestamp,
    ) -> Result<Walked<i64, u64>, StoreError> {
        self.write(|state| state.sweep_changes(slice, until))
    }
}

impl Turn {
    fn claim(&mut self, claim: ClaimSweep, now: Timestamp) -> bool {
        let is_held = self
            .holder
            .is_some_and(|(holder, until)| holder != claim.holder && until > now);
        let is_recent = claim
            .unless_finished_after
            .is_some_and(|after| self.finished_at.is_some_and(|at| at > after));
        if is_held || is_recent {
            return false;
        }
        self.holder = Some((claim.holder, claim.until));
        true
    }

    fn finish(&mut self, holder: Uuid, now: Timestamp) {
        if self.holder.is_some_and(|(held_by, _)| held_by == holder) {
            self.holder = None;
            self.finished_at = Some(now);
        }
    }
}

impl State {
    fn overdue_sessions(&self, slice: Slice<SessionId>, at: Timestamp) -> Walked<SessionId, Vec<SessionId>> {
        let (keys, last) = keys(&self.sessions, slice);
        let is_overdue = |id: &SessionId| {
            self.sessions.get(id).is_some_and(|session| {
                session.ended.is_none() && (session.ends_at <= at || session.idle_ends_at() <= at)
            })
        };
        Walked {
            found: keys.into_iter().filter(is_overdue).collect(),
            last,
        }
    }

    fn sweep_users(&mut self, slice: Slice<UserId>, deleted_until: Timestamp) -> Walked<UserId, u64> {
        let (keys, last) = keys(&self.deleted_users, slice);
        let mut swept = 0;
        for id in keys {
            let has_session = self.sessions.values().any(|session| session.user_id == id);
            let is_old = self.deleted_users.get(&id).is_some_and(|at| *at <= deleted_until);
            if is_old && !has_session {
                self.users.remove(&id);
                self.deleted_users.remove(&id);
                swept += 1;
            }
        }
        walked(swept, last)
    }

    fn sweep_changes(&mut self, slice: Slice<i64>, until: Timestamp) -> Walked<i64, u64> {
        let changes: BTreeMap<i64, Timestamp> = self
            .changes
            .iter()
            .map(|change| (change.seq, change.at))
            .collect();
        let (keys, last) = keys(&changes, slice);
        let newest = changes.keys().next_back().copied();
        let before = self.changes.len();
        self.changes.retain(|change| {
            !(keys.contains(&change.seq) && change.at <= until && Some(change.seq) != newest)
        });
        walked(before - self.changes.len(), last)
    }
}

/// The keys of a slice, and the last of them where it is full.
fn keys<K: Ord + Copy, V>(map: &BTreeMap<K, V>, slice: Slice<K>) -> (Vec<K>, Option<K>) {
    let after = slice.after.map_or(Bound::Unbounded, Bound::Excluded);
    let before = slice.before.map_or(Bound::Unbounded, Bound::Excluded);
    if slice
        .after
        .zip(slice.before)
        .is_some_and(|(after, before)| after >= before)
    {
        return (Vec::new(), None);
    }
    let limit = count(slice.limit);
    let keys: Vec<K> = map
        .range((after, before))
        .map(|(key, _)| *key)
        .take(limit)
        .collect();
    let last = keys.last().copied().filter(|_| keys.len() == limit);
    (keys, last)
}

fn walked<Id>(swept: usize, last: Option<Id>) -> Walked<Id, u64> {
    Walked {
        found: u64::try_from(swept).expect("a count of rows"),
        last,
    }
}
