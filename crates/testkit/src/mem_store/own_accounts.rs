//! Effects of people on their own accounts, and what is left of one that was deleted.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{AccountState, Agent, AuditEvent, ChangeKind, EndReason, Holder, User, UserId};
use keyturn_core::password::PasswordHash;
use keyturn_core::ports::{
    ChangePassword, Confirmed, DeleteUser, Effect, OwnAccountStore, SignInRecord, StoreError,
};

use super::MemStore;
use super::state::{State, count};

#[async_trait]
impl OwnAccountStore for MemStore {
    async fn find_password(&self, id: UserId) -> Result<Option<SignInRecord>, StoreError> {
        self.read(|state| state.password(id))
    }

    async fn change_password(
        &self,
        change: ChangePassword,
        now: Timestamp,
    ) -> Result<Effect<User>, StoreError> {
        self.write(|state| state.change_password(&change, now))
    }

    async fn delete_user(&self, delete: DeleteUser, now: Timestamp) -> Result<Effect<u64>, StoreError> {
        self.write(|state| state.delete_user(&delete, now))
    }

    async fn user_audit(
        &self,
        id: UserId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, AuditEvent)>, StoreError> {
        self.read(|state| state.user_audit(id, after, limit))
    }
}

impl State {
    fn password(&self, id: UserId) -> Option<SignInRecord> {
        let stored = self.users.get(&id).filter(|_| !self.is_deleted(id))?;
        Some(SignInRecord {
            account: stored.user.account.clone(),
            password_hash: stored.password_hash.clone(),
            last_login_at: stored.user.last_login_at,
        })
    }

    fn change_password(&mut self, change: &ChangePassword, now: Timestamp) -> Effect<User> {
        let id = change.user_id;
        if !self.holds(id, &change.confirmed) {
            return Effect::Lost;
        }
        let stored = self.users.get_mut(&id).expect("it was found");
        stored.password_hash = change.password_hash.clone();
        stored.user.updated_at = stored.user.updated_at.max(now);
        self.audit.push(change.audit.clone());
        let keep = Some(change.confirmed.session_id);
        let origin = &change.audit.origin;
        self.raise_epoch(id, keep, EndReason::PasswordChanged, origin, now);
        self.void_one_time_tokens(&Holder::Account(id));
        self.user(id).map_or(Effect::Lost, Effect::Won)
    }

    fn delete_user(&mut self, delete: &DeleteUser, now: Timestamp) -> Effect<u64> {
        let id = delete.user_id;
        let confirmed = delete.confirmed.as_ref();
        let lacks_another = delete.another_administrator && !self.has_administrator(Some(id));
        if lacks_another
            || self.user(id).is_none()
            || confirmed.is_some_and(|confirmed| !self.holds(id, confirmed))
        {
            return Effect::Lost;
        }
        self.changed(ChangeKind::AccountDeleted, id.0, None, now);
        self.audit.push(delete.audit.clone());
        let origin = &delete.audit.origin;
        let ended = self.raise_epoch(id, None, EndReason::AccountDeleted, origin, now);
        self.forget_person(id, now);
        Effect::Won(ended)
    }

    /// Leaves the ids.
    fn forget_person(&mut self, id: UserId, now: Timestamp) {
        let stored = self.users.get_mut(&id).expect("it was found");
        stored.password_hash = PasswordHash::from_stored(String::new());
        let user = &mut stored.user;
        user.account.email = None;
        user.account.username = None;
        user.account.state = AccountState::Inactive;
        user.account.permissions.clear();
        user.name = None;
        user.metadata = serde_json::Value::Object(serde_json::Map::new());
        user.updated_at = user.updated_at.max(now);
        user.last_login_at = None;
        self.deleted_users.insert(id, now);
        self.void_one_time_tokens(&Holder::Account(id));
        let sessions = self.sessions.values_mut().filter(|session| session.user_id == id);
        sessions.for_each(|session| session.client = keyturn_core::model::Client::default());
        let events = self.audit.numbered_mut().values_mut();
        events
            .filter(|event| {
                let agent = event.origin.agent.as_ref();
                event.user_id == Some(id) || agent.and_then(Agent::account) == Some(id)
            })
            .for_each(|event| event.origin.ip = None);
    }

    fn user_audit(&self, id: UserId, after: i64, limit: u32) -> Vec<(i64, AuditEvent)> {
        let numbered = self.audit.numbered().iter();
        numbered
            .filter(|(number, event)| event.user_id == Some(id) && **number > after)
            .take(count(limit))
            .map(|(number, event)| (*number, event.clone()))
            .collect()
    }

    /// Whether what somebody confirmed still holds.
    fn holds(&self, id: UserId, confirmed: &Confirmed) -> bool {
        let Some(stored) = self.users.get(&id) else {
            return false;
        };
        let account = &stored.user.account;
        let session = self.sessions.get(&confirmed.session_id);
        account.state.is_active()
            && stored.password_hash == confirmed.password_hash
            && session.is_some_and(|session| {
                session.user_id == id && session.ended.is_none() && session.epoch == account.session_epoch
            })
    }
}
