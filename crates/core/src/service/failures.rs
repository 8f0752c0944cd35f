//! Writing down who was not let in, within [`crate::audit_budget`].
//!
//! **The rule**: what was typed as a name is never written, not even where it is an account's; the account's id is. The name of a service is,
//! where there is one of that name.

use super::{AuthError, Authority, PresentedService};
use crate::model::{
    AccountState, AuditEvent, AuditKind, Origin, ServiceFailure, ServiceName, ServiceScope, SignInFailure,
    SignUpFailure, StartFailure, UserId,
};
use crate::throttle::Wait;

impl Authority {
    /// Where a request comes from, as far as it may be kept.
    pub(super) fn kept(&self, origin: &Origin) -> Origin {
        let kept = origin.clone();
        if self.policy.session.record_client {
            return kept;
        }
        Origin { ip: None, ..kept }
    }

    pub(super) async fn sign_in_failed(
        &self,
        user_id: Option<UserId>,
        failure: SignInFailure,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let now = self.ports.clock.now();
        let unwritten = self.audit_budget.failure(now);
        self.write_failure(
            AuditKind::SignInFailed,
            user_id,
            failure.as_str(),
            origin,
            unwritten,
        )
        .await
    }

    pub(super) async fn sign_up_refused(
        &self,
        failure: SignUpFailure,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let now = self.ports.clock.now();
        let unwritten = self.audit_budget.failure(now);
        self.write_failure(
            AuditKind::SignUpRefused,
            None,
            failure.as_str(),
            origin,
            unwritten,
        )
        .await
    }

    /// Somebody was vouched for, and got no session.
    pub(super) async fn start_refused(
        &self,
        user_id: Option<UserId>,
        failure: StartFailure,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let unwritten = self.audit_budget.failure(self.ports.clock.now());
        let (kind, why) = (AuditKind::SessionRefused, failure.as_str());
        self.write_failure(kind, user_id, why, origin, unwritten).await
    }

    /// Nobody is taken for a service by these credentials. Whether one of that name is there is looked up for the log alone, and only where a
    /// line is written: the answer is the same.
    pub(super) async fn service_unknown(&self, presented: &PresentedService<'_>) -> AuthError {
        let written = self.write_unknown_service(presented).await;
        written.err().unwrap_or(AuthError::ServiceUnknown)
    }

    /// A service may not do this.
    pub(super) async fn scope_missing(
        &self,
        service: &ServiceName,
        scope: ServiceScope,
        origin: &Origin,
    ) -> AuthError {
        let unwritten = self.audit_budget.service(self.ports.clock.now());
        let origin = self.kept(origin).by_service(service.clone());
        let (kind, why) = (
            AuditKind::ServiceRefused,
            format!("{} {scope}", ServiceFailure::ScopeMissing),
        );
        let written = self.write_failure(kind, None, &why, &origin, unwritten).await;
        written.err().unwrap_or(AuthError::ScopeMissing(scope))
    }

    async fn write_unknown_service(&self, presented: &PresentedService<'_>) -> Result<(), AuthError> {
        let Some(unwritten) = self.audit_budget.service(self.ports.clock.now()) else {
            return Ok(());
        };
        let services = self.ports.store.list_services().await?;
        let mut names = services.iter().map(|service| service.name.as_str());
        let why = match names.find(|name| presented.name == Some(name)) {
            Some(named) => format!("{} {named}", ServiceFailure::WrongSecret),
            None => ServiceFailure::UnknownService.to_string(),
        };
        let origin = self.kept(presented.origin);
        self.write_failure(AuditKind::ServiceRefused, None, &why, &origin, Some(unwritten))
            .await
    }

    pub(super) async fn throttled(
        &self,
        user_id: Option<UserId>,
        wait: &Wait,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let now = self.ports.clock.now();
        let unwritten = self.audit_budget.throttled(wait, now);
        let lane = wait.bucket.lane().as_str();
        self.write_failure(AuditKind::Throttled, user_id, lane, origin, unwritten)
            .await
    }

    /// `unwritten`: `None` where this one is not written either.
    async fn write_failure(
        &self,
        kind: AuditKind,
        user_id: Option<UserId>,
        why: &str,
        origin: &Origin,
        unwritten: Option<u64>,
    ) -> Result<(), AuthError> {
        let Some(unwritten) = unwritten else { return Ok(()) };
        let event = AuditEvent {
            at: self.ports.clock.now(),
            kind,
            user_id,
            session_id: None,
            detail: with_unwritten(why, unwritten),
            origin: origin.clone(),
        };
        Ok(self.ports.store.record_audit(event).await?)
    }
}

/// A detail, and how many events like it were not written before: `account +37`.
pub(super) fn with_unwritten(detail: &str, unwritten: u64) -> String {
    match unwritten {
        0 => detail.to_owned(),
        more => format!("{detail} +{more}"),
    }
}

/// Why no session is started for an account that is not active; `None` for one that is.
pub(super) const fn not_started(state: AccountState) -> Option<StartFailure> {
    match state {
        AccountState::Active => None,
        AccountState::Pending => Some(StartFailure::Pending),
        AccountState::Inactive => Some(StartFailure::Inactive),
        AccountState::Suspended => Some(StartFailure::Suspended),
    }
}

/// Why an account that is not active was not let in; `None` for one that is.
pub(super) const fn not_let_in(state: AccountState) -> Option<SignInFailure> {
    match state {
        AccountState::Active => None,
        AccountState::Pending => Some(SignInFailure::Pending),
        AccountState::Inactive => Some(SignInFailure::Inactive),
        AccountState::Suspended => Some(SignInFailure::Suspended),
    }
}
