//! Who counts what the rules decide: one call for each outcome, once it stands.
//!
//! **The rule**: an observer changes nothing and waits for nothing. It is called on the way of every request, so that it must
//! cost no more than counting does; what it is told are fixed words, never an id or a text of a requester's.

use crate::model::reason::named;
use crate::rotation::Verdict;
use crate::service::AuthError;

named! {
    /// What came of a presented refresh token: [`Verdict`] without its evidence.
    VerdictName ("verdict") {
        /// Not ours, or no such session.
        Unknown = "unknown",
        /// The session was over.
        Refuse = "refuse",
        /// Somebody had a token that they should not have; the session ended.
        Reuse = "reuse",
        /// The token stays.
        Hold = "hold",
        /// The next generation.
        Rotate = "rotate",
        /// Ahead of the store, which had lost it in a failover: rolled forward.
        Ahead = "ahead",
        /// The same successor again.
        Replay = "replay",
    }
}

named! {
    /// What came of a sign-in.
    SignInResult ("sign-in result") {
        /// A session began.
        Success = "success",
        /// No such account, or another password.
        InvalidCredentials = "invalid_credentials",
        /// The password was right, the account is not let in.
        AccountNotActive = "account_not_active",
        /// Too many passwords had been tried.
        Throttled = "throttled",
        /// Too many sign-ins at once.
        Busy = "busy",
        /// Storage was down, the row contended, or the fault is ours.
        Failed = "failed",
    }
}

named! {
    /// Who answered for the session of an access token.
    SessionSource ("session source") {
        /// The view of live sessions.
        Memory = "memory",
        /// The store.
        Store = "store",
    }
}

/// Hears of outcomes.
pub trait Observer: Send + Sync {
    /// A refresh was answered; not told where its effect was lost, and judged again.
    fn refreshed(&self, verdict: VerdictName);

    /// A sign-in was answered.
    fn signed_in(&self, result: SignInResult);

    /// An access token's session was looked up.
    fn session_checked(&self, source: SessionSource);
}

/// Nobody counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn refreshed(&self, _verdict: VerdictName) {}

    fn signed_in(&self, _result: SignInResult) {}

    fn session_checked(&self, _source: SessionSource) {}
}

impl From<&Verdict> for VerdictName {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Unknown => Self::Unknown,
            Verdict::Refuse { .. } => Self::Refuse,
            Verdict::Reuse(_) => Self::Reuse,
            Verdict::Hold => Self::Hold,
            Verdict::Rotate { ahead: false, .. } => Self::Rotate,
            Verdict::Rotate { ahead: true, .. } | Verdict::Adopt { .. } => Self::Ahead,
            Verdict::Replay(_) => Self::Replay,
        }
    }
}

impl<T> From<&Result<T, AuthError>> for SignInResult {
    fn from(outcome: &Result<T, AuthError>) -> Self {
        match outcome {
            Ok(_) => Self::Success,
            Err(AuthError::InvalidCredentials) => Self::InvalidCredentials,
            Err(AuthError::AccountNotActive(_)) => Self::AccountNotActive,
            Err(AuthError::Throttled { .. }) => Self::Throttled,
            Err(AuthError::Busy { .. }) => Self::Busy,
            Err(_) => Self::Failed,
        }
    }
}
