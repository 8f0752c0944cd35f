//! What is written down for the operator. Never a credential, never a hash of one, and never what somebody typed as a name that
//! matches no account: people type passwords there (OWASP Logging Cheat Sheet, "data to exclude").

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::reason::named;
use super::{EndReason, ServiceName, Session, SessionId, UserId};

named! {
    /// What happened.
    AuditKind ("audit kind") {
        /// An account was created; the detail is its state.
        UserCreated = "user.created",
        /// What an account is called, may do or has written about it was changed; the detail names the fields.
        UserUpdated = "user.updated",
        /// Accounts of another application were taken over in one commit; the detail says from which lines.
        UsersImported = "users.imported",
        /// All accounts were read out; the detail says whether with their password hashes.
        UsersExported = "users.exported",
        /// An account changed its state.
        UserState = "user.state",
        /// Somebody who was not signed in asked for a link that sets a new password; the detail is a [`LinkAnswer`].
        ResetAsked = "user.reset_asked",
        /// Somebody asked for the link of a sign-up again; the detail is a [`LinkAnswer`].
        ActivationAsked = "user.activation_asked",
        /// An administrator had a link mailed to the owner that sets a new password.
        ResetSent = "user.reset_sent",
        /// A password was set.
        PasswordSet = "user.password_set",
        /// An account got another address.
        EmailChanged = "user.email_changed",
        /// An account was deleted; the detail is who did it.
        UserDeleted = "user.deleted",
        /// Somebody who was signed in gave another password than the current one; the detail is a [`SensitiveAct`].
        ConfirmationFailed = "user.confirmation_failed",
        /// Somebody wanted an account and got none; the detail is a [`SignUpFailure`].
        SignUpRefused = "signup.refused",
        /// Somebody was not let in; the detail is a [`SignInFailure`].
        SignInFailed = "signin.failed",
        /// An attempt was not made because a lane was full; the detail is the lane.
        Throttled = "signin.throttled",
        /// A service was given a code that starts a session for somebody whom it has authenticated; the detail is the service's name.
        SessionPrepared = "session.prepared",
        /// A service, or a browser with a code, got no session for somebody; the detail is a [`StartFailure`].
        SessionRefused = "session.refused",
        /// Somebody signed in; the detail is the session's delivery, and ` by ` and its name where a service vouched for them.
        SessionStarted = "session.started",
        /// A session ended; the detail is its reason.
        SessionEnded = "session.ended",
        /// A refresh token was used by somebody who should not have had it; the session ended.
        TokenReuse = "session.token_reuse",
        /// An old refresh token of a session that had already ended was presented.
        ReuseAfterEnd = "session.reuse_after_end",
        /// A refresh token was ahead of the store: an acknowledged write had been lost in a failover.
        RolledForward = "session.rolled_forward",
        /// A copy was put in the database's place.
        Restored = "store.restored",
        /// A new master secret was made, the one before is kept.
        SecretRotated = "secret.rotated",
        /// The master secret before the present one was removed.
        SecretRetired = "secret.retired",
        /// A key was made and published; the detail is its purpose and its id.
        KeyPublished = "key.published",
        /// A key was taken out of use; the detail is its purpose and its id.
        KeyRetired = "key.retired",
        /// A service was given a secret; the detail is its name.
        ServiceAdded = "service.added",
        /// A service's secret is good no longer; the detail is its name.
        ServiceRemoved = "service.removed",
        /// A service's credentials were wrong, or a service lacks the scope; the detail is a [`ServiceFailure`], and behind it the service
        /// that was named, or the scope that lacks.
        ServiceRefused = "service.refused",
    }
}

named! {
    /// Why somebody was not let in: for the operator, never for the requester.
    SignInFailure ("sign-in failure") {
        /// The account is known, the password is another.
        WrongPassword = "wrong_password",
        /// The name is no account's.
        UnknownAccount = "unknown_account",
        /// The password was right, the account is not yet activated.
        Pending = "pending",
        /// The password was right, the account is switched off.
        Inactive = "inactive",
        /// The password was right, the account is suspended.
        Suspended = "suspended",
    }
}

named! {
    /// Why somebody got no account.
    SignUpFailure ("sign-up failure") {
        /// Another account has this email.
        EmailTaken = "email_taken",
        /// Another account has this username.
        UsernameTaken = "username_taken",
    }
}

named! {
    /// What came of asking for a link: for the operator, never for whoever asked.
    LinkAnswer ("link answer") {
        /// It was mailed.
        Mailed = "mailed",
        /// Nobody has the address, and no sign-up waits under it.
        UnknownAccount = "unknown_account",
        /// The account's state allows no such link.
        NotEntitled = "not_entitled",
    }
}

named! {
    /// Why no session was started for somebody whom a service has authenticated.
    StartFailure ("start failure") {
        /// There is no such account.
        UnknownAccount = "unknown_account",
        /// The account is not yet activated.
        Pending = "pending",
        /// The account is switched off.
        Inactive = "inactive",
        /// The account is suspended.
        Suspended = "suspended",
        /// The code was used, has expired, is void, or never was one.
        InvalidCode = "invalid_code",
    }
}

named! {
    /// Why nobody was taken for a service, or a service was turned away.
    ServiceFailure ("service failure") {
        /// The service that was named is there, the secret is not its.
        WrongSecret = "wrong_secret",
        /// No service is named so, or none was named, and the secret is nobody's.
        UnknownService = "unknown_service",
        /// The service proved itself, and may not do what it wanted.
        ScopeMissing = "scope_missing",
    }
}

named! {
    /// What asks a person who is signed in for their current password (ASVS 5.0 V7.5.1).
    SensitiveAct ("sensitive act") {
        /// Another username, or none: a name to sign in by.
        ChangeUsername = "change_username",
        /// Another password.
        ChangePassword = "change_password",
        /// Another email: where links to set passwords go.
        ChangeEmail = "change_email",
        /// Switching the own account off.
        Deactivate = "deactivate",
        /// Deleting the own account.
        Delete = "delete",
    }
}

named! {
    /// Who did it.
    AuditActor ("audit actor") {
        /// Not noted: events of earlier releases.
        Unknown = "unknown",
        /// Somebody by HTTP, the account's person or not.
        Person = "person",
        /// An operator, by the command line.
        CommandLine = "command_line",
        /// An administrator, by HTTP.
        Administrator = "administrator",
        /// A service, by HTTP.
        Service = "service",
        /// The sweep, which records ends that nobody came to notice.
        Sweep = "sweep",
    }
}

/// Which one, where several could be the actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agent {
    /// An administrator's account.
    Account(UserId),
    /// A service.
    Service(ServiceName),
}

impl Agent {
    /// The account, if it is one.
    pub const fn account(&self) -> Option<UserId> {
        match self {
            Self::Account(id) => Some(*id),
            Self::Service(_) => None,
        }
    }

    /// The service, if it is one.
    pub const fn service(&self) -> Option<&ServiceName> {
        match self {
            Self::Account(_) => None,
            Self::Service(name) => Some(name),
        }
    }

    /// From the two columns in which a store keeps it.
    pub fn from_parts(account: Option<UserId>, service: Option<ServiceName>) -> Option<Self> {
        account.map(Self::Account).or(service.map(Self::Service))
    }
}

/// The id of a request, as its answer and its log lines carry it. A requester may choose it: it finds events, and proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

/// A text that can be no request's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request id has 1 to {max} letters, digits and characters of `-_.`", max = RequestId::MAX)]
pub struct RequestIdError;

impl RequestId {
    /// The longest id, in characters.
    pub const MAX: usize = 64;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestId {
    type Err = RequestIdError;

    /// Takes what is short and harmless in a log.
    fn from_str(text: &str) -> Result<Self, RequestIdError> {
        let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if (1..=Self::MAX).contains(&text.len()) && text.bytes().all(harmless) {
            Ok(Self(text.into()))
        } else {
            Err(RequestIdError)
        }
    }
}

impl From<Uuid> for RequestId {
    fn from(id: Uuid) -> Self {
        Self(id.to_string().into())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an effect comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Who.
    pub actor: AuditActor,
    /// Which administrator or service; `None` for everybody else, and in events of earlier releases.
    pub agent: Option<Agent>,
    /// Through which request.
    pub request_id: Option<RequestId>,
    /// From which address; empty where `session.record_client` is off.
    pub ip: Option<IpAddr>,
}

impl Origin {
    /// An operator at the command line.
    pub const COMMAND_LINE: Self = Self {
        actor: AuditActor::CommandLine,
        agent: None,
        request_id: None,
        ip: None,
    };

    /// A server's own sweep.
    pub const SWEEP: Self = Self {
        actor: AuditActor::Sweep,
        agent: None,
        request_id: None,
        ip: None,
    };

    /// A request by HTTP.
    pub const fn request(id: Option<RequestId>, ip: Option<IpAddr>) -> Self {
        Self {
            actor: AuditActor::Person,
            agent: None,
            request_id: id,
            ip,
        }
    }

    /// The same request, by an administrator whose account this is.
    #[must_use]
    pub fn by_administrator(self, id: UserId) -> Self {
        Self {
            actor: AuditActor::Administrator,
            agent: Some(Agent::Account(id)),
            ..self
        }
    }

    /// The same request, by this service.
    #[must_use]
    pub fn by_service(self, name: ServiceName) -> Self {
        Self {
            actor: AuditActor::Service,
            agent: Some(Agent::Service(name)),
            ..self
        }
    }
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: AuditKind,
    /// The account it concerns.
    pub user_id: Option<UserId>,
    /// The session it concerns.
    pub session_id: Option<SessionId>,
    /// More, in fixed words: a reason, a reuse kind, a state.
    pub detail: String,
    /// Who, through which request, from where.
    pub origin: Origin,
}

impl AuditEvent {
    /// About a session.
    pub fn of_session(
        kind: AuditKind,
        session: &Session,
        detail: &str,
        origin: &Origin,
        at: Timestamp,
    ) -> Self {
        Self {
            at,
            kind,
            user_id: Some(session.user_id),
            session_id: Some(session.id),
            detail: detail.to_owned(),
            origin: origin.clone(),
        }
    }

    /// What is written of a session that ends: by a store too, for each that an effect ends besides.
    pub fn session_ended(
        user_id: UserId,
        session_id: SessionId,
        reason: EndReason,
        origin: &Origin,
        at: Timestamp,
    ) -> Self {
        Self {
            at,
            kind: AuditKind::SessionEnded,
            user_id: Some(user_id),
            session_id: Some(session_id),
            detail: reason.as_str().to_owned(),
            origin: origin.clone(),
        }
    }
}
