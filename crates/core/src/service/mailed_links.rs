//! Using a mailed link: activating an account, setting a forgotten password.
//!
//! **The rule**: a link does one thing once, by a POST: who only opens it, as scanners of mail do, changes nothing. Activating asks for the
//! password that the sign-up gave, so that somebody who signs up with another's address has nothing of the owner's click, and the owner's
//! click gives nobody else's sign-up an account. Neither signs anybody in.

use serde_json::json;

use super::accounts::guessable;
use super::{AuthError, Authority, TRIES};
use crate::credential::OneTimeToken;
use crate::model::{
    AccountState, AuditEvent, AuditKind, Client, Errand, NewUser, OneTimePurpose, Origin, PendingSignUp,
    StoredOneTimeToken, User, UserId,
};
use crate::password::{Password, PasswordHash};
use crate::ports::{HasherError, ResetPassword, SetState, SignInName, SpendOutcome, SpendToken, Spending};

/// Somebody who uses a link that was mailed.
pub struct LinkUse {
    /// The token in it, as it came.
    pub token: String,
    /// The password: of the sign-up where that is activated, the new one where a password is set.
    pub password: Password,
    /// Where it comes from: its address is counted.
    pub client: Client,
    /// For the audit log.
    pub origin: Origin,
}

impl Authority {
    /// Makes an account of a sign-up, or lets a pending account in.
    ///
    /// # Errors
    /// [`AuthError::LinkInvalid`]; [`AuthError::InvalidCredentials`] where the password is not the sign-up's, which leaves the link as it
    /// was; [`AuthError::UsernameTaken`] where somebody else took the username since; [`AuthError::Throttled`], [`AuthError::Busy`].
    pub async fn activate(&self, link: LinkUse) -> Result<(), AuthError> {
        let origin = self.kept(&link.origin);
        let stored = self
            .find_link(OneTimePurpose::Activation, &link.token, &link.client, &origin)
            .await?;
        match &stored.errand {
            Errand::SignUp(sign_up) => {
                self.count_link_password(&sign_up.email, &link.client, &origin)
                    .await?;
                self.check_password(link.password, &sign_up.password_hash).await?;
                self.make_account(&stored, sign_up, &origin).await
            }
            Errand::Activation(id) => self.let_pending_in(&stored, *id, link, &origin).await,
            Errand::Reset(_) | Errand::EmailChange(..) | Errand::SessionStart(..) => {
                Err(AuthError::LinkInvalid)
            }
        }
    }

    /// Sets a forgotten password. All sessions of the account end (`password_changed`), and so does every other link of it. An inactive
    /// account is active again; a suspended one stays what it is.
    ///
    /// # Errors
    /// [`AuthError::LinkInvalid`]; [`AuthError::Invalid`] for a password that is not good enough, which leaves the link as it was;
    /// [`AuthError::Throttled`], [`AuthError::Busy`].
    pub async fn reset_password(&self, link: LinkUse) -> Result<(), AuthError> {
        let origin = self.kept(&link.origin);
        let mut stored = self
            .find_link(OneTimePurpose::Reset, &link.token, &link.client, &origin)
            .await?;
        let Errand::Reset(id) = stored.errand else {
            return Err(AuthError::LinkInvalid);
        };
        let user = self.owner_of(id).await?;
        let account = &user.account;
        let context = guessable(
            account.email.as_ref(),
            account.username.as_ref(),
            user.name.as_deref(),
        );
        let password_hash = self.ports.hasher.hash_new(link.password, context).await?;
        for _ in 0..TRIES {
            let from = self.owner_of(id).await?.account.state;
            let to = from.after_reset().ok_or(AuthError::LinkInvalid)?;
            let reset = ResetPassword {
                user_id: id,
                from,
                to,
                password_hash: password_hash.clone(),
                audit: self.link_event(AuditKind::PasswordSet, id, "mailed link", &origin),
            };
            match self.spend(&stored, Spending::Reset(reset)).await? {
                SpendOutcome::Spent => {
                    self.tell_password_changed(&user);
                    return Ok(());
                }
                _ => stored = self.find_again(&stored).await?,
            }
        }
        Err(AuthError::Contended)
    }

    async fn make_account(
        &self,
        stored: &StoredOneTimeToken,
        sign_up: &PendingSignUp,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let id = UserId::generate(self.now(), self.ports.entropy.as_ref());
        let state = AccountState::Active;
        let new = NewUser {
            id,
            subject: id.to_string(),
            email: Some(sign_up.email.clone()),
            username: sign_up.username.clone(),
            name: sign_up.name.clone(),
            password_hash: sign_up.password_hash.clone(),
            state,
            permissions: Vec::new(),
            metadata: json!({}),
            audit: self.link_event(AuditKind::UserCreated, id, state.as_str(), origin),
        };
        match self.spend(stored, Spending::Create(Box::new(new))).await? {
            SpendOutcome::Spent => Ok(()),
            SpendOutcome::UsernameTaken => Err(AuthError::UsernameTaken),
            // Somebody else has shown that the address is theirs.
            SpendOutcome::EmailTaken | SpendOutcome::Lost => Err(AuthError::LinkInvalid),
        }
    }

    async fn let_pending_in(
        &self,
        stored: &StoredOneTimeToken,
        id: UserId,
        link: LinkUse,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let user = self.owner_of(id).await?;
        let email = user.account.email.ok_or(AuthError::LinkInvalid)?;
        self.count_link_password(&email, &link.client, origin).await?;
        let name = SignInName::EmailKey(email.key().to_owned());
        let record = self.ports.store.find_sign_in(&name).await?;
        let record = record.filter(|record| record.account.id == id);
        let record = record.ok_or(AuthError::LinkInvalid)?;
        self.check_password(link.password, &record.password_hash).await?;
        let (from, to) = (AccountState::Pending, AccountState::Active);
        let detail = format!("{from} -> {to} by owner: mailed link");
        let activate = SetState {
            user_id: id,
            from,
            to,
            another_administrator: false,
            audit: self.link_event(AuditKind::UserState, id, &detail, origin),
        };
        match self.spend(stored, Spending::Activate(activate)).await? {
            SpendOutcome::Spent => Ok(()),
            _ => Err(AuthError::LinkInvalid),
        }
    }

    /// The outstanding token of a link. The attempt is counted first, in the lane of its address.
    pub(super) async fn find_link(
        &self,
        purpose: OneTimePurpose,
        token: &str,
        client: &Client,
        origin: &Origin,
    ) -> Result<StoredOneTimeToken, AuthError> {
        self.count_sign_up(client, origin).await?;
        let token = OneTimeToken::parse(token).map_err(|_| AuthError::LinkInvalid)?;
        let now = self.reliable_now()?;
        let found = self
            .ports
            .store
            .find_one_time_token(purpose, token.hash(), now)
            .await?;
        found.ok_or(AuthError::LinkInvalid)
    }

    async fn find_again(&self, stored: &StoredOneTimeToken) -> Result<StoredOneTimeToken, AuthError> {
        let (purpose, now) = (stored.errand.purpose(), self.reliable_now()?);
        let found = self
            .ports
            .store
            .find_one_time_token(purpose, stored.hash, now)
            .await?;
        found.ok_or(AuthError::LinkInvalid)
    }

    pub(super) async fn owner_of(&self, id: UserId) -> Result<User, AuthError> {
        self.ports
            .store
            .find_user(id)
            .await?
            .ok_or(AuthError::LinkInvalid)
    }

    pub(super) async fn spend(
        &self,
        stored: &StoredOneTimeToken,
        spending: Spending,
    ) -> Result<SpendOutcome, AuthError> {
        let spend = SpendToken {
            id: stored.id,
            hash: stored.hash,
            holder: stored.errand.holder(),
            spending,
        };
        let now = self.reliable_now()?;
        Ok(self.ports.store.spend_one_time_token(spend, now).await?)
    }

    async fn check_password(&self, password: Password, hash: &PasswordHash) -> Result<(), AuthError> {
        let verified = self.ports.hasher.verify(password, Some(hash.clone())).await;
        match verified.map(|verified| verified.matches) {
            Ok(true) => Ok(()),
            Ok(false) | Err(HasherError::Scheme(_)) => Err(AuthError::InvalidCredentials),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn link_event(
        &self,
        kind: AuditKind,
        id: UserId,
        detail: &str,
        origin: &Origin,
    ) -> AuditEvent {
        AuditEvent {
            at: self.now(),
            kind,
            user_id: Some(id),
            session_id: None,
            detail: detail.to_owned(),
            origin: origin.clone(),
        }
    }
}
