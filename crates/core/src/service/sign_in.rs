//! Signing in by password.
//!
//! Unknown names, wrong passwords and accounts that are not let in cost the same work and get the same answer until the
//! password was right (ASVS 5.0 V6.3.8, OWASP Authentication Cheat Sheet).

use jiff::Timestamp;

use super::failures::not_let_in;
use super::{AuthError, Authority, Issued, TRIES};
use crate::credential::{AttemptId, DeviceCookie, Nonce, RefreshToken};
use crate::model::{
    Account, AuditEvent, AuditKind, Client, Delivery, EmailAddress, Head, Origin, ServiceName, Session,
    SessionId, SignInFailure, UserId, Username,
};
use crate::password::{Password, PasswordHash};
use crate::ports::{
    Effect, Family, HasherError, Rehash, SignInName, SignInRecord, SignInResult, StartSession, Verified,
};
use crate::throttle::Hit;
use crate::words::VOUCHED_BY;

/// Someone who wants in.
pub struct SignInRequest {
    /// As [`parse_sign_in_name`] gave it; `None` for a text that can be nobody's name, which is answered like a wrong one.
    pub name: Option<SignInName>,
    /// The password.
    pub password: Password,
    /// How the tokens will travel.
    pub delivery: Delivery,
    /// "Keep me signed in": longer time-outs, where they are configured.
    pub remember: bool,
    /// What the session keeps of where it was started.
    pub client: Client,
    /// Where the request comes from.
    pub origin: Origin,
    /// The refresh cookie that came along: its session ends (`replaced`).
    pub replaces: Option<RefreshToken>,
    /// The device cookie that came along: tells a device that has signed in to this account before.
    pub device: Option<DeviceCookie>,
}

/// Reads what somebody typed as their name: an email where there is an `@`, a username else.
pub fn parse_sign_in_name(text: &str) -> Option<SignInName> {
    if text.contains('@') {
        EmailAddress::parse(text)
            .ok()
            .map(|email| SignInName::EmailKey(email.key().to_owned()))
    } else {
        Username::parse(text)
            .ok()
            .map(|username| SignInName::UsernameKey(username.key().to_owned()))
    }
}

/// How a new session is to be.
pub(super) struct NewSession<'a> {
    pub(super) delivery: Delivery,
    pub(super) remember: bool,
    pub(super) client: &'a Client,
    pub(super) origin: &'a Origin,
    pub(super) replaces: Option<SessionId>,
    /// What the attempt was counted as, to be taken back.
    pub(super) returns: Vec<Hit>,
    /// The service that says who it is, where no password did.
    pub(super) vouched_by: Option<&'a ServiceName>,
}

impl NewSession<'_> {
    /// What the audit log says of its start.
    fn detail(&self) -> String {
        let delivery = self.delivery.as_str();
        match self.vouched_by {
            Some(service) => [delivery, VOUCHED_BY, service.as_str()].concat(),
            None => delivery.to_owned(),
        }
    }
}

/// A session about to start.
pub(super) struct Beginning {
    pub(super) effect: StartSession,
    pub(super) device: Option<DeviceCookie>,
}

impl Authority {
    /// Signs a person in.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`]; [`AuthError::AccountNotActive`] once the password was right; [`AuthError::Throttled`],
    /// [`AuthError::Busy`].
    pub async fn sign_in(&self, request: SignInRequest) -> Result<Issued, AuthError> {
        let outcome = self.check_and_start(request).await;
        self.observer.signed_in(SignInResult::from(&outcome));
        outcome
    }

    async fn check_and_start(&self, request: SignInRequest) -> Result<Issued, AuthError> {
        let origin = self.kept(&request.origin);
        let replaces = self.replaced_session(request.replaces.as_ref()).await?;
        let record = self.find_sign_in(request.name.as_ref()).await?;
        let returns = self.count_sign_in(&request, record.as_ref(), &origin).await?;
        let has_precedent = record
            .as_ref()
            .is_some_and(|record| record.last_login_at.is_some());
        let mut account = self.let_in(record, &request.password, &origin).await?;
        let new = NewSession {
            delivery: request.delivery,
            remember: request.remember,
            client: &request.client,
            origin: &origin,
            replaces,
            returns,
            vouched_by: None,
        };
        for _ in 0..TRIES {
            if let Some(issued) = self.start_session(account, &new).await? {
                self.tell_of_sign_in(&request, &issued.family.session, has_precedent);
                return Ok(issued);
            }
            // The account changed between the two: perhaps its password. Everything is checked again.
            let record = self.find_sign_in(request.name.as_ref()).await?;
            account = self.let_in(record, &request.password, &origin).await?;
        }
        Err(AuthError::Contended)
    }

    /// The session that a refresh cookie names, if the cookie is genuine: planting one ends nobody's session.
    pub(super) async fn replaced_session(
        &self,
        token: Option<&RefreshToken>,
    ) -> Result<Option<SessionId>, AuthError> {
        match token {
            Some(token) => Ok(self.genuine_session(token).await?.map(|session| session.id)),
            None => Ok(None),
        }
    }

    async fn find_sign_in(&self, name: Option<&SignInName>) -> Result<Option<SignInRecord>, AuthError> {
        match name {
            Some(name) => Ok(self.ports.store.find_sign_in(name).await?),
            None => Ok(None),
        }
    }

    /// The account, if the password is right and it is active. Whoever is not let in is written down.
    async fn let_in(
        &self,
        record: Option<SignInRecord>,
        password: &Password,
        origin: &Origin,
    ) -> Result<Account, AuthError> {
        let known = record.as_ref().map(|record| record.account.id);
        let Some(account) = self.verify_password(record, password).await? else {
            let failure = match known {
                Some(_) => SignInFailure::WrongPassword,
                None => SignInFailure::UnknownAccount,
            };
            self.sign_in_failed(known, failure, origin).await?;
            return Err(AuthError::InvalidCredentials);
        };
        match not_let_in(account.state) {
            None => Ok(account),
            Some(failure) => {
                self.sign_in_failed(known, failure, origin).await?;
                Err(AuthError::AccountNotActive(account.state))
            }
        }
    }

    /// The account, if the password is right.
    async fn verify_password(
        &self,
        record: Option<SignInRecord>,
        password: &Password,
    ) -> Result<Option<Account>, AuthError> {
        let stored = record
            .as_ref()
            .map(|record| PasswordHash::from_stored(record.password_hash.as_str().to_owned()));
        let verified = match self
            .ports
            .hasher
            .verify(Password::new(password.expose().to_owned()), stored)
            .await
        {
            Err(HasherError::Scheme(fault)) => {
                let user = record
                    .as_ref()
                    .map(|record| record.account.id.to_string())
                    .unwrap_or_default();
                tracing::error!(user.id = user, error = %fault, "the password hash of account {user} cannot be verified");
                Verified {
                    matches: false,
                    replacement: None,
                }
            }
            other => other?,
        };
        let Some(SignInRecord {
            account,
            password_hash,
            ..
        }) = record.filter(|_| verified.matches)
        else {
            return Ok(None);
        };
        if let Some(replacement) = verified.replacement {
            self.replace_hash(account.id, password_hash, replacement).await;
        }
        Ok(Some(account))
    }

    /// Stores a hash made with the present settings. If that fails the old one still serves, and the next sign-in tries again.
    async fn replace_hash(&self, user_id: UserId, expected: PasswordHash, password_hash: PasswordHash) {
        let rehash = Rehash {
            user_id,
            expected,
            password_hash,
        };
        if let Err(error) = self.ports.store.rehash(rehash, self.ports.clock.now()).await {
            tracing::warn!(user.id = %user_id, error = %error, "could not replace the password hash of account {user_id}");
        }
    }

    /// Starts a session for an account that was let in. `None`: the account changed meanwhile.
    pub(super) async fn start_session(
        &self,
        account: Account,
        new: &NewSession<'_>,
    ) -> Result<Option<Issued>, AuthError> {
        let now = self.reliable_now()?;
        let Beginning { effect, device } = self.begin(&account, new, now);
        let session = effect.session.clone();
        match self.ports.store.start_session(effect, now).await? {
            Effect::Won(()) => self.begun(account, session, device, now).map(Some),
            Effect::Lost => Ok(None),
        }
    }

    /// A new session for an account that was let in, and the effect that starts it.
    pub(super) fn begin(&self, account: &Account, new: &NewSession<'_>, now: Timestamp) -> Beginning {
        let entropy = self.ports.entropy.as_ref();
        let device = new
            .delivery
            .is_bound()
            .then(|| DeviceCookie::mint(&self.keys, account.id, now, entropy));
        let session = self.new_session(account, new, device.as_ref(), now);
        let (kind, detail) = (AuditKind::SessionStarted, new.detail());
        let effect = StartSession {
            audit: AuditEvent::of_session(kind, &session, &detail, new.origin, now),
            session,
            replaces: new.replaces,
            limit: self.policy.session.per_account_limit,
            returns: new.returns.clone(),
        };
        Beginning { effect, device }
    }

    /// The tokens of a session that was started.
    pub(super) fn begun(
        &self,
        account: Account,
        session: Session,
        device: Option<DeviceCookie>,
        now: Timestamp,
    ) -> Result<Issued, AuthError> {
        let issued = self.issue(
            Box::new(Family {
                session,
                account: account.into(),
            }),
            now,
        )?;
        Ok(Issued { device, ..issued })
    }

    fn new_session(
        &self,
        account: &Account,
        new: &NewSession<'_>,
        device: Option<&DeviceCookie>,
        now: Timestamp,
    ) -> Session {
        let entropy = self.ports.entropy.as_ref();
        let policy = &self.policy.session;
        let (idle_timeout, absolute_timeout) = policy.timeouts(new.remember);
        Session {
            id: SessionId::generate(now, entropy),
            user_id: account.id,
            epoch: account.session_epoch,
            nonce: Nonce::generate(entropy),
            refresh_key_id: self.keys.refresh_key_at(now),
            head: Head {
                generation: 0,
                handed_at: now,
            },
            seen_generation: 0,
            attempt_id: AttemptId::generate(entropy),
            attempt_hash: None,
            device_hash: device.map(DeviceCookie::hash),
            delivery: new.delivery,
            started_at: now,
            last_activity_at: now,
            idle_timeout,
            ends_at: now.saturating_add(absolute_timeout).unwrap_or(Timestamp::MAX),
            ended: None,
            client: if policy.record_client {
                new.client.clone()
            } else {
                Client::default()
            },
        }
    }
}
