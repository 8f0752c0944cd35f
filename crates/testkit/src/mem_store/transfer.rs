//! Accounts in bulk.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{Account, ChangeKind, EmailAddress, ImportedUser, UserId, Username};
use keyturn_core::ports::{ImportOutcome, ImportUsers, StoreError, StoredUser, TransferStore};

use super::MemStore;
use super::state::{State, Stored, count};

#[async_trait]
impl TransferStore for MemStore {
    async fn import_users(
        &self,
        import: ImportUsers,
        now: Timestamp,
    ) -> Result<Vec<ImportOutcome>, StoreError> {
        self.write(|state| state.import_users(import, now))
    }

    async fn stored_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<StoredUser>, StoreError> {
        self.read(|state| state.stored_users(after, limit))
    }
}

impl State {
    fn import_users(&mut self, import: ImportUsers, now: Timestamp) -> Vec<ImportOutcome> {
        let users = import.users.into_iter();
        let outcomes: Vec<_> = users.map(|user| self.take_over(user, now)).collect();
        if outcomes.contains(&ImportOutcome::Imported) {
            self.audit.push(import.audit);
        }
        outcomes
    }

    fn take_over(&mut self, new: ImportedUser, now: Timestamp) -> ImportOutcome {
        let users = || self.users.values().map(|stored| &stored.user);
        let taken = |same: &dyn Fn(&Account) -> bool| users().any(|user| same(&user.account));
        if let Some(present) = users().find(|user| user.account.subject == new.subject) {
            return ImportOutcome::Present(Box::new(present.clone()));
        }
        let email = new.email.as_ref().map(EmailAddress::key);
        if email.is_some() && taken(&|other| other.email.as_ref().map(EmailAddress::key) == email) {
            return ImportOutcome::EmailTaken;
        }
        let username = new.username.as_ref().map(Username::key);
        if username.is_some() && taken(&|other| other.username.as_ref().map(Username::key) == username) {
            return ImportOutcome::UsernameTaken;
        }
        if taken(&|other| other.id == new.id) {
            return ImportOutcome::IdTaken;
        }
        let id = new.id;
        let (user, password_hash) = new.into_stored(now);
        self.users.insert(id, Stored { user, password_hash });
        self.changed(ChangeKind::AccountCreated, id.0, None, now);
        ImportOutcome::Imported
    }

    fn stored_users(&self, after: Option<UserId>, limit: u32) -> Vec<StoredUser> {
        let later = self.users.values();
        let later = later.filter(|stored| after.is_none_or(|after| stored.user.account.id > after));
        let later = later.filter(|stored| !self.is_deleted(stored.user.account.id));
        let later = later.take(count(limit));
        later
            .map(|stored| StoredUser {
                user: stored.user.clone(),
                password_hash: stored.password_hash.clone(),
            })
            .collect()
    }
}
