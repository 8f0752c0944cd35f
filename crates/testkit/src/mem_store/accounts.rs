//! Effects on accounts.

use jiff::Timestamp;
use keyturn_core::administration::is_administrator;
use keyturn_core::model::{
    Account, ChangeKind, EmailAddress, EndReason, Holder, NewUser, User, UserId, Username,
};
use keyturn_core::password::PasswordHash;
use keyturn_core::ports::{
    CreateOutcome, Effect, Page, Profile, Rehash, SetPassword, SetState, SignInName, SignInRecord,
    UpdateOutcome, UpdateUser, UserFilter, UserSearch,
};

use super::state::{State, Stored, count};

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
        self.audit.push(new.audit.clone());
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
        let stored = self.users.get(&id).filter(|_| !self.is_deleted(id));
        stored.map(|stored| stored.user.clone())
    }

    /// Whether only the ids of an account are left.
    pub(super) fn is_deleted(&self, id: UserId) -> bool {
        self.deleted_users.contains_key(&id)
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
            last_login_at: stored.user.last_login_at,
        })
    }

    pub(super) fn list_users(&self, filter: &UserFilter, page: Page<UserId>) -> Vec<User> {
        let newest_first = self.users.values().rev().map(|stored| &stored.user);
        newest_first
            .filter(|user| !self.is_deleted(user.account.id))
            .filter(|user| filter.state.is_none_or(|state| user.account.state == state))
            .filter(|user| filter.search.as_ref().is_none_or(|search| found(search, user)))
            .filter(|user| page.before.is_none_or(|before| user.account.id < before))
            .take(count(page.limit))
            .cloned()
            .collect()
    }

    pub(super) fn has_administrator(&self, except: Option<UserId>) -> bool {
        let mut others = self.users.values().map(|stored| &stored.user.account);
        others.any(|account| Some(account.id) != except && is_administrator(account))
    }

    pub(super) fn update_user(&mut self, update: UpdateUser, now: Timestamp) -> UpdateOutcome {
        let UpdateUser { user_id, profile, .. } = update;
        let as_expected = self
            .user(user_id)
            .is_some_and(|user| Profile::of(&user) == update.expected);
        if !as_expected || (update.another_administrator && !self.has_administrator(Some(user_id))) {
            return UpdateOutcome::Lost;
        }
        let others = || self.users.values().map(|stored| &stored.user.account);
        let mut others = others().filter(|account| account.id != user_id);
        let key = |email: &Option<EmailAddress>| email.as_ref().map(|email| email.key().to_owned());
        if profile.email.is_some()
            && others
                .clone()
                .any(|other| key(&other.email) == key(&profile.email))
        {
            return UpdateOutcome::EmailTaken;
        }
        let key = |username: &Option<Username>| username.as_ref().map(|username| username.key().to_owned());
        if profile.username.is_some() && others.any(|other| key(&other.username) == key(&profile.username)) {
            return UpdateOutcome::UsernameTaken;
        }
        let Some(stored) = self.users.get_mut(&user_id) else {
            return UpdateOutcome::Lost;
        };
        let user = &mut stored.user;
        user.account.email = profile.email;
        user.account.username = profile.username;
        user.account.permissions = profile.permissions;
        user.name = profile.name;
        user.metadata = profile.metadata;
        user.updated_at = user.updated_at.max(now);
        let written = Box::new(user.clone());
        self.changed(ChangeKind::AccountUpdated, user_id.0, None, now);
        self.audit.push(update.audit);
        if written.account.email != update.expected.email {
            self.void_one_time_tokens(&Holder::Account(user_id));
        }
        UpdateOutcome::Updated(written)
    }

    pub(super) fn set_state(&mut self, set: &SetState, now: Timestamp) -> Effect<User> {
        let lacks_another = set.another_administrator && !self.has_administrator(Some(set.user_id));
        if lacks_another || self.is_deleted(set.user_id) {
            return Effect::Lost;
        }
        let stored = self.users.get_mut(&set.user_id);
        let Some(stored) = stored.filter(|stored| stored.user.account.state == set.from) else {
            return Effect::Lost;
        };
        stored.user.account.state = set.to;
        stored.user.updated_at = stored.user.updated_at.max(now);
        self.changed(ChangeKind::AccountState, set.user_id.0, None, now);
        self.audit.push(set.audit.clone());
        if !set.to.is_active() {
            let origin = &set.audit.origin;
            self.raise_epoch(set.user_id, None, EndReason::AccountState, origin, now);
            self.void_one_time_tokens(&Holder::Account(set.user_id));
        }
        self.user(set.user_id).map_or(Effect::Lost, Effect::Won)
    }

    pub(super) fn set_password(&mut self, set: &SetPassword, now: Timestamp) -> Effect<User> {
        if self.is_deleted(set.user_id) {
            return Effect::Lost;
        }
        let Some(stored) = self.users.get_mut(&set.user_id) else {
            return Effect::Lost;
        };
        stored.password_hash = set.password_hash.clone();
        stored.user.updated_at = stored.user.updated_at.max(now);
        self.audit.push(set.audit.clone());
        let origin = &set.audit.origin;
        self.raise_epoch(set.user_id, set.keep, EndReason::PasswordChanged, origin, now);
        self.void_one_time_tokens(&Holder::Account(set.user_id));
        self.user(set.user_id).map_or(Effect::Lost, Effect::Won)
    }

    pub(super) fn rehash(&mut self, rehash: &Rehash) -> Effect<()> {
        if self.is_deleted(rehash.user_id) {
            return Effect::Lost;
        }
        let stored = self.users.get_mut(&rehash.user_id);
        let Some(stored) = stored.filter(|stored| stored.password_hash == rehash.expected) else {
            return Effect::Lost;
        };
        stored.password_hash = rehash.password_hash.clone();
        Effect::Won(())
    }

    pub(super) fn account(&self, id: UserId) -> Option<&Account> {
        self.users.get(&id).map(|stored| &stored.user.account)
    }

    fn find(&self, is_it: impl Fn(&Account) -> bool) -> Option<&Stored> {
        let mut kept = self
            .users
            .values()
            .filter(|stored| !self.is_deleted(stored.user.account.id));
        kept.find(|stored| is_it(&stored.user.account))
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

fn found(search: &UserSearch, user: &User) -> bool {
    let account = &user.account;
    let email = account.email.as_ref();
    let given = |text: &str| text.to_ascii_lowercase().contains(&search.name);
    account.subject.contains(&search.text)
        || email.is_some_and(|email| email.key().contains(&search.key) || given(email.as_given()))
        || account
            .username
            .as_ref()
            .is_some_and(|username| username.key().contains(&search.key))
        || user.name.as_deref().is_some_and(given)
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
        metadata: new.metadata,
        created_at: now,
        updated_at: now,
        last_login_at: None,
    };
    (user, new.password_hash)
}
