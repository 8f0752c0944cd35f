//! A person's own account: read it, change the profile, change the password, switch it off, delete it.
//!
//! What a thief of the session could take the account with asks for the current password ([`super::confirm`]). The effect is
//! conditional on it, so that a reset or a sign-out that is acknowledged meanwhile wins.

use super::accounts::{guessable, parse_name, parsed};
use super::confirm::Confirmation;
use super::error::FieldError;
use super::{Accounts, AuthError, Authenticated, Authority, TRIES};
use crate::administration::difference;
use crate::model::account::Actor;
use crate::model::{
    AccountState, AuditEvent, AuditKind, EndReason, Origin, SensitiveAct, User, UserId, Username,
};
use crate::password::{Password, PasswordHash};
use crate::ports::{ChangePassword, Confirmed, DeleteUser, Effect, Profile, UpdateOutcome, UpdateUser};

/// What is to be different in a profile. `None` leaves a field as it is, `Some(None)` clears it.
#[derive(Default)]
pub struct ChangeProfile {
    /// As typed.
    pub username: Option<Option<String>>,
    /// The name to show.
    pub name: Option<Option<String>>,
    /// Needed where the username changes, since people sign in by it.
    pub confirmation: Option<Confirmation>,
}

impl Authority {
    /// The requester's account.
    ///
    /// # Errors
    /// [`AuthError::SessionEnded`] where it was deleted a moment ago.
    pub async fn own_account(&self, caller: &Authenticated) -> Result<User, AuthError> {
        let found = self.ports.store.find_user(caller.family.account.id).await?;
        found.ok_or(AuthError::SessionEnded(EndReason::AccountDeleted))
    }

    /// Changes the requester's profile. Answers the account as it is then.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] names every field that cannot be accepted; [`AuthError::UsernameTaken`]; where the username changes
    /// [`AuthError::WrongPassword`], [`AuthError::Throttled`], [`AuthError::Busy`].
    pub async fn change_profile(
        &self,
        caller: &Authenticated,
        change: ChangeProfile,
    ) -> Result<User, AuthError> {
        let mut is_confirmed = false;
        for _ in 0..TRIES {
            let user = self.own_account(caller).await?;
            let expected = Profile::of(&user);
            let profile = change.applied_to(&expected)?;
            if profile == expected {
                return Ok(user);
            }
            if profile.username != expected.username && !is_confirmed {
                let confirmation = change.confirmation.as_ref().ok_or_else(needs_password)?;
                self.confirm(caller, confirmation, SensitiveAct::ChangeUsername)
                    .await?;
                is_confirmed = true;
            }
            let detail = difference(&expected, &profile);
            let update = UpdateUser {
                user_id: user.account.id,
                expected,
                profile,
                another_administrator: false,
                audit: self.account_event(caller, AuditKind::UserUpdated, &detail),
            };
            match self
                .ports
                .store
                .update_user(update, self.ports.clock.now())
                .await?
            {
                UpdateOutcome::Updated(user) => return Ok(*user),
                UpdateOutcome::UsernameTaken => return Err(AuthError::UsernameTaken),
                UpdateOutcome::EmailTaken => return Err(AuthError::EmailTaken),
                UpdateOutcome::Lost => {}
            }
        }
        Err(AuthError::Contended)
    }

    /// Changes the requester's password. This session stays; the account's others end (`password_changed`).
    ///
    /// # Errors
    /// [`AuthError::WrongPassword`]; [`AuthError::Invalid`] for a new one that is not good enough; [`AuthError::Throttled`],
    /// [`AuthError::Busy`].
    pub async fn change_password(
        &self,
        caller: &Authenticated,
        confirmation: Confirmation,
        new: Password,
    ) -> Result<(), AuthError> {
        let act = SensitiveAct::ChangePassword;
        let mut confirmed = self.confirm(caller, &confirmation, act).await?;
        let password_hash = self.hash_new_password(caller, new).await?;
        for _ in 0..TRIES {
            let change = ChangePassword {
                user_id: caller.family.account.id,
                confirmed,
                password_hash: password_hash.clone(),
                audit: self.account_event(caller, AuditKind::PasswordSet, Actor::Owner.as_str()),
            };
            let now = self.reliable_now()?;
            if let Effect::Won(user) = self.ports.store.change_password(change, now).await? {
                self.tell_password_changed(&user);
                return Ok(());
            }
            self.still_signed_in(caller).await?;
            confirmed = self.check_confirmation(caller, &confirmation, act).await?;
        }
        Err(AuthError::Contended)
    }

    /// Switches the requester's account off (R2.6): all of its sessions end (`account_state`), and nobody signs in to it until an
    /// administrator activates it again.
    ///
    /// # Errors
    /// [`AuthError::WrongPassword`], [`AuthError::LastAdministrator`], [`AuthError::Throttled`], [`AuthError::Busy`].
    pub async fn deactivate(
        &self,
        caller: &Authenticated,
        confirmation: Confirmation,
    ) -> Result<(), AuthError> {
        self.confirm(caller, &confirmation, SensitiveAct::Deactivate)
            .await?;
        let accounts = Accounts::new(self.ports.clone(), self.kept(&caller.origin));
        let id = caller.family.account.id;
        accounts
            .set_state(id, AccountState::Inactive, Actor::Owner, "by choice")
            .await?;
        Ok(())
    }

    /// Deletes the requester's account with everything that names the person; all of its sessions end (`account_deleted`).
    ///
    /// # Errors
    /// [`AuthError::WrongPassword`], [`AuthError::LastAdministrator`], [`AuthError::Throttled`], [`AuthError::Busy`].
    pub async fn delete_account(
        &self,
        caller: &Authenticated,
        confirmation: Confirmation,
    ) -> Result<(), AuthError> {
        let act = SensitiveAct::Delete;
        let accounts = Accounts::new(self.ports.clone(), self.kept(&caller.origin));
        let mut confirmed = self.confirm(caller, &confirmation, act).await?;
        for _ in 0..TRIES {
            let delete = accounts.deletion(caller.family.account.id, Some(confirmed), Actor::Owner);
            let now = self.reliable_now()?;
            if let Effect::Won(_) = self.ports.store.delete_user(delete.await?, now).await? {
                return Ok(());
            }
            self.still_signed_in(caller).await?;
            confirmed = self.check_confirmation(caller, &confirmation, act).await?;
        }
        Err(AuthError::Contended)
    }

    /// Judges and hashes a new password of the requester.
    async fn hash_new_password(
        &self,
        caller: &Authenticated,
        new: Password,
    ) -> Result<PasswordHash, AuthError> {
        let user = self.own_account(caller).await?;
        let account = &user.account;
        let context = guessable(
            account.email.as_ref(),
            account.username.as_ref(),
            user.name.as_deref(),
        );
        let hashed = self.ports.hasher.hash_new(new, context).await;
        hashed.map_err(|error| match AuthError::from(error) {
            AuthError::Invalid(errors) => {
                AuthError::Invalid(errors.into_iter().map(of_new_password).collect())
            }
            other => other,
        })
    }

    fn account_event(&self, caller: &Authenticated, kind: AuditKind, detail: &str) -> AuditEvent {
        let now = self.ports.clock.now();
        AuditEvent::of_session(
            kind,
            &caller.family.session,
            detail,
            &self.kept(&caller.origin),
            now,
        )
    }
}

impl Accounts {
    /// Deletes an account as an administrator. Answers how many sessions ended.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::LastAdministrator`].
    pub async fn delete(&self, id: UserId) -> Result<u64, AuthError> {
        for _ in 0..TRIES {
            let delete = self.deletion(id, None, Actor::Administrator).await?;
            let now = self.ports.clock.now();
            if let Effect::Won(ended) = self.ports.store.delete_user(delete, now).await? {
                return Ok(ended);
            }
        }
        Err(AuthError::Contended)
    }

    /// The effect that deletes an account. Its event keeps no address, since it deletes those of the others.
    async fn deletion(
        &self,
        id: UserId,
        confirmed: Option<Confirmed>,
        by: Actor,
    ) -> Result<DeleteUser, AuthError> {
        let user = self.ports.store.find_user(id).await?.ok_or(AuthError::NotFound)?;
        let another_administrator = self
            .must_leave_another(&user.account, AccountState::Inactive, &[])
            .await?;
        let origin = Origin {
            ip: None,
            ..self.origin.clone()
        };
        Ok(DeleteUser {
            user_id: id,
            confirmed,
            another_administrator,
            audit: AuditEvent {
                at: self.ports.clock.now(),
                kind: AuditKind::UserDeleted,
                user_id: Some(id),
                session_id: None,
                detail: by.to_string(),
                origin,
            },
        })
    }
}

impl ChangeProfile {
    /// The profile as it shall be.
    fn applied_to(&self, before: &Profile) -> Result<Profile, AuthError> {
        let mut errors = Vec::new();
        let mut profile = before.clone();
        if let Some(username) = &self.username {
            profile.username = parsed(username.as_deref(), "username", Username::parse, &mut errors);
        }
        if let Some(name) = &self.name {
            profile.name = parsed(name.clone(), "name", parse_name, &mut errors);
        }
        if profile.username.is_none() && profile.email.is_none() && errors.is_empty() {
            errors.push(FieldError::new(
                "username",
                "an account without an email needs its username",
            ));
        }
        if errors.is_empty() {
            Ok(profile)
        } else {
            Err(AuthError::Invalid(errors))
        }
    }
}

fn needs_password() -> AuthError {
    let message = "people sign in by the username: give the current password to change it";
    AuthError::Invalid(vec![FieldError::new("current_password", message)])
}

/// What is wrong with a new password, at the field that holds it here.
fn of_new_password(error: FieldError) -> FieldError {
    let field = match error.field {
        "password" => "new_password",
        other => other,
    };
    FieldError { field, ..error }
}
