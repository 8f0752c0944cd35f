//! What can go wrong in a use case, in the domain's words. The HTTP edge chooses statuses, in one place.

use std::error::Error;
use std::time::Duration;

use crate::model::{AccountState, EndReason, ServiceScope};
use crate::ports::{HasherError, StoreError};

/// One field of a request that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Its name in the request.
    pub field: &'static str,
    /// What is wrong and what to do, for the person.
    pub message: String,
}

impl FieldError {
    /// An error of one field.
    pub fn new(field: &'static str, message: impl ToString) -> Self {
        Self {
            field,
            message: message.to_string(),
        }
    }
}

/// The clock can't be relied on.
#[derive(Debug, thiserror::Error)]
#[error("the database's time is not known at the moment")]
pub(super) struct ClockUnreliable;

/// Why a use case came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Fields that cannot be accepted; nothing was changed.
    #[error("the request has fields that cannot be accepted")]
    Invalid(Vec<FieldError>),
    /// No such account, or another password: which of them is not told.
    #[error("the sign-in name or the password is wrong")]
    InvalidCredentials,
    /// Somebody who is signed in gave another password than the current one.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The password was right, but the account is not let in.
    #[error("the account is {0}")]
    AccountNotActive(AccountState),
    /// People may not sign up by themselves.
    #[error("sign-up is closed")]
    SignUpClosed,
    /// Another account has this email.
    #[error("the email is taken")]
    EmailTaken,
    /// Another account has this username.
    #[error("the username is taken")]
    UsernameTaken,
    /// A mailed link that was used, has expired, was replaced by a later one, or never was one.
    #[error("the link is not valid")]
    LinkInvalid,
    /// A token that is no one's.
    #[error("the token is not known")]
    TokenUnknown,
    /// An access token whose time is over, of a session that lives: a refresh helps.
    #[error("the access token has expired")]
    TokenExpired,
    /// A token of a session that is over: only a new sign-in helps.
    #[error("the session has ended: {0}")]
    SessionEnded(EndReason),
    /// A service's credentials that are nobody's.
    #[error("no service has these credentials")]
    ServiceUnknown,
    /// A service that may not do this.
    #[error("the service lacks the scope {0}")]
    ScopeMissing(ServiceScope),
    /// The code of a prepared session was used, has expired, or is no one's.
    #[error("the code is not valid any more")]
    CodeInvalid,
    /// Nothing of this id, or not the requester's.
    #[error("not found")]
    NotFound,
    /// Whoever asks is known, and lacks the permission.
    #[error("the permission `{0}` is missing")]
    PermissionMissing(&'static str),
    /// Nobody could administer any more.
    #[error("this is the last active account with the permission `admin`")]
    LastAdministrator,
    /// No link to set a password is sent to this account.
    #[error(transparent)]
    ResetRefused(#[from] super::ResetRefused),
    /// Not a change that may be made.
    #[error(transparent)]
    Transition(#[from] crate::model::account::TransitionRefused),
    /// Too much at once; nothing was done.
    #[error("too many sign-ins at once")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many passwords were tried; nothing was done.
    #[error("too many attempts to sign in")]
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// The row kept changing under the request; nothing was done.
    #[error("too many requests changed the same row at once")]
    Contended,
    /// Storage is down, or cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fault of ours.
    #[error("internal fault: {0}")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl AuthError {
    /// Wraps a fault of ours.
    pub fn internal(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }
}

impl From<HasherError> for AuthError {
    fn from(error: HasherError) -> Self {
        match error {
            HasherError::Busy { retry_after } => Self::Busy { retry_after },
            HasherError::Rejected(rejection) => Self::Invalid(vec![FieldError::new("password", rejection)]),
            HasherError::Scheme(fault) => Self::internal(fault),
            HasherError::Stopped => Self::Busy {
                retry_after: Duration::from_secs(1),
            },
        }
    }
}
