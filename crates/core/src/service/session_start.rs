//! Starting a session for somebody whom a service has authenticated itself: tokens at once, or a code for the person's browser.
//!
//! **The rule**: the service vouches for who it is, and for nothing else: the account must be active, and whatever bounds a session that
//! began by password bounds this one. A code is good once, for a minute, and not beyond an act that ended all sessions of the account
//! ([`PreparedSession::judge`]). Who vouched is in the audit log, with the code and with the session.
//!
//! **The caveat**: who has the code has the session. It belongs into the answer to the browser that began, and into no link.

use std::num::NonZeroU32;

use jiff::SignedDuration;

use super::failures::not_started;
use super::sign_in::NewSession;
use super::{Accounts, AuthError, Authority, Issued, TRIES};
use crate::credential::{RefreshToken, SessionCode};
use crate::model::{
    Account, AuditEvent, AuditKind, Client, CodeVerdict, Delivery, Errand, OneTimePurpose, OneTimeTokenId,
    Origin, PreparedSession, Service, ServiceName, SessionId, StartFailure, StoredOneTimeToken, UserId,
};
use crate::ports::{Effect, IssueToken, SignInResult, SpendOutcome, SpendToken, Spending};
use crate::throttle::later;

/// How long a code can be exchanged.
pub const SESSION_CODE_LIFETIME: SignedDuration = SignedDuration::from_secs(60);

/// As many codes of one account can be exchanged at once: one a browser that is about to sign in.
const OUTSTANDING: NonZeroU32 = NonZeroU32::new(8).unwrap();

/// A service that says who somebody is.
pub struct Vouching {
    /// Who vouches: it may start sessions.
    pub service: Service,
    /// The account, by the id that the API gives it, or by our own.
    pub account: String,
    /// What a session keeps of where it was started.
    pub client: Client,
    /// For the audit log.
    pub origin: Origin,
}

/// A browser with a code.
pub struct CodeSignIn {
    /// As it came.
    pub code: String,
    /// How the tokens will travel.
    pub delivery: Delivery,
    /// "Keep me signed in".
    pub remember: bool,
    /// What the session keeps of where it was started.
    pub client: Client,
    /// Where the request comes from.
    pub origin: Origin,
    /// The refresh cookie that came along: its session ends (`replaced`).
    pub replaces: Option<RefreshToken>,
}

impl Authority {
    /// Starts a session whose tokens the service is given.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::AccountNotActive`].
    pub async fn start_session_for(&self, vouching: Vouching) -> Result<Issued, AuthError> {
        let outcome = self.start_vouched(&vouching).await;
        self.observer.signed_in(SignInResult::from(&outcome));
        outcome
    }

    /// Prepares a session that a browser takes over, within [`SESSION_CODE_LIFETIME`].
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::AccountNotActive`].
    pub async fn prepare_session(&self, vouching: Vouching) -> Result<SessionCode, AuthError> {
        let origin = self.of_service(&vouching);
        let account = self.vouched_account(&vouching.account, &origin).await?;
        let (now, entropy) = (self.reliable_now()?, self.ports.entropy.as_ref());
        let code = SessionCode::generate(entropy);
        let service = vouching.service.name;
        let audit = prepared_event(account.id, &service, origin, now);
        let prepared = PreparedSession {
            service,
            epoch: account.session_epoch,
        };
        let issue = IssueToken {
            token: StoredOneTimeToken {
                id: OneTimeTokenId::generate(now, entropy),
                hash: code.hash(),
                errand: Errand::SessionStart(account.id, prepared),
                created_at: now,
                expires_at: later(now, SESSION_CODE_LIFETIME),
            },
            limit: OUTSTANDING,
            audit: Some(audit),
        };
        match self.ports.store.issue_one_time_token(issue, now).await? {
            Effect::Won(()) => Ok(code),
            Effect::Lost => Err(AuthError::NotFound),
        }
    }

    /// Starts the session that was prepared, for whoever brings its code.
    ///
    /// # Errors
    /// [`AuthError::CodeInvalid`]; [`AuthError::AccountNotActive`], which leaves the code as it was.
    pub async fn sign_in_by_code(&self, request: CodeSignIn) -> Result<Issued, AuthError> {
        let outcome = self.exchange(&request).await;
        self.observer.signed_in(SignInResult::from(&outcome));
        outcome
    }

    async fn start_vouched(&self, vouching: &Vouching) -> Result<Issued, AuthError> {
        let origin = self.of_service(vouching);
        let new = NewSession {
            delivery: Delivery::Body,
            remember: false,
            client: &vouching.client,
            origin: &origin,
            replaces: None,
            returns: Vec::new(),
            vouched_by: Some(&vouching.service.name),
        };
        for _ in 0..TRIES {
            let account = self.vouched_account(&vouching.account, &origin).await?;
            if let Some(issued) = self.start_session(account, &new).await? {
                return Ok(issued);
            }
        }
        Err(AuthError::Contended)
    }

    async fn exchange(&self, request: &CodeSignIn) -> Result<Issued, AuthError> {
        let Ok(code) = SessionCode::parse(&request.code) else {
            return Err(self.code_refused(None, &self.kept(&request.origin)).await);
        };
        let replaces = self.replaced_session(request.replaces.as_ref()).await?;
        for _ in 0..TRIES {
            if let Some(issued) = self.try_exchange(&code, request, replaces).await? {
                return Ok(issued);
            }
        }
        Err(AuthError::Contended)
    }

    /// `None`: somebody else was faster, with the code or with the account.
    async fn try_exchange(
        &self,
        code: &SessionCode,
        request: &CodeSignIn,
        replaces: Option<SessionId>,
    ) -> Result<Option<Issued>, AuthError> {
        let now = self.reliable_now()?;
        let store = &self.ports.store;
        let purpose = OneTimePurpose::SessionStart;
        let found = store.find_one_time_token(purpose, code.hash(), now).await?;
        let origin = self.kept(&request.origin);
        let Some(stored) = found else {
            return Err(self.code_refused(None, &origin).await);
        };
        let Errand::SessionStart(id, prepared) = &stored.errand else {
            return Err(AuthError::CodeInvalid);
        };
        let user = store.find_user(*id).await?.ok_or(AuthError::CodeInvalid)?;
        let account = self.judged(prepared, user.account, &origin).await?;
        let new = NewSession {
            delivery: request.delivery,
            remember: request.remember,
            client: &request.client,
            origin: &origin,
            replaces,
            returns: Vec::new(),
            vouched_by: Some(&prepared.service),
        };
        let start = self.begin(&account, &new, now);
        let (session, device) = (start.effect.session.clone(), start.device);
        let spend = SpendToken {
            id: stored.id,
            hash: stored.hash,
            holder: stored.errand.holder(),
            spending: Spending::StartSession(Box::new(start.effect)),
        };
        match store.spend_one_time_token(spend, now).await? {
            SpendOutcome::Spent => self.begun(account, session, device, now).map(Some),
            _ => Ok(None),
        }
    }

    /// The account that a service vouches for, if it is let in.
    async fn vouched_account(&self, id: &str, origin: &Origin) -> Result<Account, AuthError> {
        let accounts = Accounts::new(self.ports.clone(), origin.clone());
        let account = match accounts.by_id(id).await {
            Err(AuthError::NotFound) => {
                let failure = StartFailure::UnknownAccount;
                self.start_refused(None, failure, origin).await?;
                return Err(AuthError::NotFound);
            }
            found => found?.account,
        };
        match not_started(account.state) {
            None => Ok(account),
            Some(failure) => {
                self.start_refused(Some(account.id), failure, origin).await?;
                Err(AuthError::AccountNotActive(account.state))
            }
        }
    }

    /// Nobody is let in by this code.
    async fn code_refused(&self, id: Option<UserId>, origin: &Origin) -> AuthError {
        let refused = self.start_refused(id, StartFailure::InvalidCode, origin);
        refused.await.err().unwrap_or(AuthError::CodeInvalid)
    }

    /// The account, if the code of its prepared session lets it in.
    async fn judged(
        &self,
        prepared: &PreparedSession,
        account: Account,
        origin: &Origin,
    ) -> Result<Account, AuthError> {
        match (prepared.judge(&account), not_started(account.state)) {
            (CodeVerdict::LetIn, _) => Ok(account),
            (CodeVerdict::NotActive(state), Some(failure)) => {
                self.start_refused(Some(account.id), failure, origin).await?;
                Err(AuthError::AccountNotActive(state))
            }
            (CodeVerdict::NotActive(_) | CodeVerdict::Void, _) => {
                Err(self.code_refused(Some(account.id), origin).await)
            }
        }
    }

    fn of_service(&self, vouching: &Vouching) -> Origin {
        let name = vouching.service.name.clone();
        self.kept(&vouching.origin).by_service(name)
    }
}

fn prepared_event(id: UserId, service: &ServiceName, origin: Origin, at: jiff::Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        kind: AuditKind::SessionPrepared,
        user_id: Some(id),
        session_id: None,
        detail: service.to_string(),
        origin,
    }
}
