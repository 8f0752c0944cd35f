//! Asking a person who is signed in for their current password, before what would let a thief of the session take the account
//! (ASVS 5.0 V7.5.1, V7.5.3).
//!
//! **The rule**: an attempt is counted as one to sign in is, in the same lanes, before anything is hashed; a wrong one is written down
//! with its session. What was confirmed is a condition of the effect ([`Confirmed`]).
//!
//! **The caveat**: a right password gives nothing back to the lanes. Ten confirmations in a row are more than anybody needs.

use super::failures::with_unwritten;
use super::{AuthError, Authenticated, Authority};
use crate::credential::DeviceCookie;
use crate::lifetime;
use crate::model::{AuditEvent, AuditKind, EmailAddress, EndReason, SensitiveAct, Username};
use crate::password::{Password, PasswordHash};
use crate::ports::{Confirmed, HasherError, SignInName, SignInRecord};
use crate::throttle::Hit;

/// The current password, as the person gave it.
pub struct Confirmation {
    /// The password.
    pub password: Password,
    /// The device cookie that came along: tells a device that has signed in to this account before.
    pub device: Option<DeviceCookie>,
}

impl Authority {
    /// Counts and checks a confirmation.
    ///
    /// # Errors
    /// [`AuthError::WrongPassword`], [`AuthError::Throttled`], [`AuthError::Busy`].
    pub(super) async fn confirm(
        &self,
        caller: &Authenticated,
        confirmation: &Confirmation,
        act: SensitiveAct,
    ) -> Result<Confirmed, AuthError> {
        self.count_confirmation(caller, confirmation).await?;
        self.check_confirmation(caller, confirmation, act).await
    }

    /// Checks a confirmation that was counted: again, where its effect was lost.
    pub(super) async fn check_confirmation(
        &self,
        caller: &Authenticated,
        confirmation: &Confirmation,
        act: SensitiveAct,
    ) -> Result<Confirmed, AuthError> {
        let record = self.ports.store.find_password(caller.family.account.id).await?;
        let record = record.ok_or(AuthError::SessionEnded(EndReason::AccountDeleted))?;
        if self.is_password_of(&record, &confirmation.password).await? {
            return Ok(Confirmed {
                password_hash: record.password_hash,
                session_id: caller.family.session.id,
            });
        }
        self.confirmation_failed(caller, act).await?;
        Err(AuthError::WrongPassword)
    }

    /// After a lost effect: whether the caller's session still lives.
    ///
    /// # Errors
    /// [`AuthError::SessionEnded`] with its reason.
    pub(super) async fn still_signed_in(&self, caller: &Authenticated) -> Result<(), AuthError> {
        let known = self
            .read(caller.family.session.id, self.ports.clock.now())
            .await?;
        let family = known.ok_or(AuthError::TokenUnknown)?.family;
        lifetime::standing(&family.session, &family.account, caller.now)
            .map_err(|over| AuthError::SessionEnded(over.reason))
    }

    async fn count_confirmation(
        &self,
        caller: &Authenticated,
        confirmation: &Confirmation,
    ) -> Result<(), AuthError> {
        let policy = &self.policy.throttle;
        if !policy.enabled {
            return Ok(());
        }
        let account = &caller.family.account;
        let known_device = confirmation
            .device
            .as_ref()
            .and_then(|device| Hit::device(&self.keys, policy, device, account.id));
        let hits = known_device.map_or_else(
            || {
                let name = sign_in_name(account.email.as_ref(), account.username.as_ref());
                vec![
                    Hit::address(&self.keys, policy, caller.origin.ip),
                    Hit::account(&self.keys, policy, name.as_ref()),
                ]
            },
            |device| vec![device],
        );
        self.count(hits, Some(account.id), &self.kept(&caller.origin))
            .await
    }

    /// A hash that can't be verified is nobody's password.
    async fn is_password_of(&self, record: &SignInRecord, password: &Password) -> Result<bool, AuthError> {
        let stored = PasswordHash::from_stored(record.password_hash.as_str().to_owned());
        let password = Password::new(password.expose().to_owned());
        match self.ports.hasher.verify(password, Some(stored)).await {
            Ok(verified) => Ok(verified.matches),
            Err(HasherError::Scheme(fault)) => {
                let user = record.account.id;
                tracing::error!(user.id = %user, error = %fault, "the password hash of account {user} cannot be verified");
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn confirmation_failed(&self, caller: &Authenticated, act: SensitiveAct) -> Result<(), AuthError> {
        let now = self.ports.clock.now();
        let Some(unwritten) = self.audit_budget.failure(now) else {
            return Ok(());
        };
        let detail = with_unwritten(act.as_str(), unwritten);
        let session = &caller.family.session;
        let origin = self.kept(&caller.origin);
        let event = AuditEvent::of_session(AuditKind::ConfirmationFailed, session, &detail, &origin, now);
        Ok(self.ports.store.record_audit(event).await?)
    }
}

/// The name whose lane a sign-in to this account is counted in first.
fn sign_in_name(email: Option<&EmailAddress>, username: Option<&Username>) -> Option<SignInName> {
    let by_email = email.map(|email| SignInName::EmailKey(email.key().to_owned()));
    by_email.or_else(|| username.map(|username| SignInName::UsernameKey(username.key().to_owned())))
}
