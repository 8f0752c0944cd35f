//! What is written down for the operator. Never a credential, never a hash of one.

use jiff::Timestamp;

use super::reason::named;
use super::{SessionId, UserId};

named! {
    /// What happened.
    AuditKind ("audit kind") {
        /// An account changed its state.
        UserState = "user.state",
        /// A password was set.
        PasswordSet = "user.password_set",
        /// A session ended.
        SessionEnded = "session.ended",
        /// A refresh token was used by somebody who should not have had it; the session ended.
        TokenReuse = "session.token_reuse",
        /// An old refresh token of a session that had already ended was presented.
        ReuseAfterEnd = "session.reuse_after_end",
        /// A refresh token was ahead of the store: an acknowledged write had been lost in a failover.
        RolledForward = "session.rolled_forward",
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
}
