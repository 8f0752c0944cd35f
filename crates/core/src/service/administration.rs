//! What administrators do by HTTP: who may, and changing accounts.
//!
//! **The rule**: whether somebody administers is read from the store at each request, never from claims or memory: a permission
//! that was taken is gone with the next request, on every node.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use uuid::Uuid;

use super::accounts::{nameless, parse_name, parsed};
use super::{Accounts, AuthError, Authenticated, Authority, TRIES};
use crate::administration::{
    self, ADMIN, check_metadata, is_administrator, permissions, takes_administrator,
};
use crate::model::{Account, AccountState, AuditKind, EmailAddress, User, UserId, Username};
use crate::password::Password;
use crate::ports::{Profile, UpdateOutcome, UpdateUser};

/// What is to change of an account. What is `None` stays; of what may be absent, `Some(None)` takes it away.
#[derive(Debug, Clone, Default)]
pub struct AccountChanges {
    /// As typed.
    pub email: Option<Option<String>>,
    /// As typed.
    pub username: Option<Option<String>>,
    /// The name to show.
    pub name: Option<Option<String>>,
    /// What the person may do.
    pub permissions: Option<PermissionChange>,
    /// As a whole.
    pub metadata: Option<Value>,
}

/// A change of permissions.
#[derive(Debug, Clone)]
pub enum PermissionChange {
    /// To exactly these.
    Set(Vec<String>),
    /// One more.
    Grant(String),
    /// One less.
    Revoke(String),
}

impl Authority {
    /// Whether anybody administers.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn has_administrator(&self) -> Result<bool, AuthError> {
        Ok(self.ports.store.has_administrator(None).await?)
    }

    /// The accounts on behalf of whoever asks, if they administer.
    ///
    /// # Errors
    /// [`AuthError::PermissionMissing`].
    pub async fn administration(&self, caller: &Authenticated) -> Result<Accounts, AuthError> {
        let user = self.ports.store.find_user(caller.family.account.id).await?;
        if !user.is_some_and(|user| is_administrator(&user.account)) {
            return Err(AuthError::PermissionMissing(ADMIN));
        }
        let origin = self
            .kept(&caller.origin)
            .by_administrator(caller.family.account.id);
        Ok(Accounts {
            activity: self.live.activity.clone(),
            ..Accounts::new(self.ports.clone(), origin)
        })
    }
}

impl Accounts {
    /// The same for who may take the last administrator away: at the machine itself.
    #[must_use]
    pub fn insisting(self) -> Self {
        Self {
            insists: true,
            ..self
        }
    }

    /// One account by the id that the API gives it, or by our own.
    ///
    /// # Errors
    /// [`AuthError::NotFound`].
    pub async fn by_id(&self, id: &str) -> Result<User, AuthError> {
        if id.contains('\0') {
            return Err(AuthError::NotFound);
        }
        let store = &self.ports.store;
        if let Some(user) = store.find_user_by_subject(id).await? {
            return Ok(user);
        }
        let own = Uuid::parse_str(id).map_err(|_| AuthError::NotFound)?;
        store.find_user(UserId(own)).await?.ok_or(AuthError::NotFound)
    }

    /// Our own id of the account by this id, for looking through what there is of it: also one of which nothing is left but what is
    /// recorded under our own id.
    ///
    /// # Errors
    /// [`AuthError::NotFound`].
    pub async fn own_id(&self, id: &str) -> Result<UserId, AuthError> {
        match self.by_id(id).await {
            Err(AuthError::NotFound) => id.parse().map_err(|_| AuthError::NotFound),
            found => Ok(found?.account.id),
        }
    }

    /// A password that nobody knows, for an account whose person is to set one.
    pub fn unknown_password(&self) -> Password {
        let mut random = [0; 32];
        self.ports.entropy.fill(&mut random);
        Password::new(URL_SAFE_NO_PAD.encode(random))
    }

    /// Changes an account. Where nothing would be another, nothing is written.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] names every field that cannot be accepted; [`AuthError::EmailTaken`], [`AuthError::UsernameTaken`],
    /// [`AuthError::LastAdministrator`].
    pub async fn update(&self, id: UserId, changes: AccountChanges) -> Result<User, AuthError> {
        for _ in 0..TRIES {
            let user = self.ports.store.find_user(id).await?.ok_or(AuthError::NotFound)?;
            let expected = Profile::of(&user);
            let profile = changes.applied_to(&expected)?;
            if profile == expected {
                return Ok(user);
            }
            let (state, permissions) = (user.account.state, &profile.permissions);
            let another_administrator = self.must_leave_another(&user.account, state, permissions).await?;
            let now = self.ports.clock.now();
            let detail = administration::difference(&expected, &profile);
            let update = UpdateUser {
                user_id: id,
                audit: self.event(AuditKind::UserUpdated, id, detail, now),
                expected,
                profile,
                another_administrator,
            };
            match self.ports.store.update_user(update, now).await? {
                UpdateOutcome::Updated(user) => return Ok(*user),
                UpdateOutcome::EmailTaken => return Err(AuthError::EmailTaken),
                UpdateOutcome::UsernameTaken => return Err(AuthError::UsernameTaken),
                UpdateOutcome::Lost => {}
            }
        }
        Err(AuthError::Contended)
    }

    /// Whether another administrator has to exist for this change, to be made a condition of its effect.
    ///
    /// # Errors
    /// [`AuthError::LastAdministrator`] where none exists.
    pub(super) async fn must_leave_another(
        &self,
        account: &Account,
        state: AccountState,
        permissions: &[String],
    ) -> Result<bool, AuthError> {
        let takes = !self.insists && takes_administrator(account, state, permissions);
        if takes && !self.ports.store.has_administrator(Some(account.id)).await? {
            return Err(AuthError::LastAdministrator);
        }
        Ok(takes)
    }
}

impl AccountChanges {
    fn applied_to(&self, before: &Profile) -> Result<Profile, AuthError> {
        let mut errors = Vec::new();
        let mut profile = before.clone();
        if let Some(email) = &self.email {
            profile.email = parsed(email.as_deref(), "email", EmailAddress::parse, &mut errors);
        }
        if let Some(username) = &self.username {
            profile.username = parsed(username.as_deref(), "username", Username::parse, &mut errors);
        }
        if let Some(name) = &self.name {
            profile.name = parsed(name.clone(), "name", parse_name, &mut errors);
        }
        if let Some(change) = &self.permissions {
            let held = &before.permissions;
            let names = Some(change.applied_to(held));
            let judged = parsed(
                names,
                "permissions",
                |names| permissions(names, held),
                &mut errors,
            );
            profile.permissions = judged.unwrap_or_default();
        }
        if let Some(metadata) = &self.metadata {
            parsed(Some(metadata), "metadata", check_metadata, &mut errors);
            profile.metadata = metadata.clone();
        }
        let had_name = before.email.is_some() || before.username.is_some();
        if errors.is_empty() && had_name && profile.email.is_none() && profile.username.is_none() {
            errors.push(nameless());
        }
        if errors.is_empty() {
            Ok(profile)
        } else {
            Err(AuthError::Invalid(errors))
        }
    }
}

impl PermissionChange {
    fn applied_to(&self, before: &[String]) -> Vec<String> {
        match self {
            Self::Set(names) => names.clone(),
            Self::Grant(name) => before.iter().chain([name]).cloned().collect(),
            Self::Revoke(name) => before.iter().filter(|held| *held != name).cloned().collect(),
        }
    }
}
