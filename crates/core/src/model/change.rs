//! What other nodes and verifiers must hear: written in the same transaction as the effect it tells of.

use jiff::Timestamp;
use uuid::Uuid;

use super::reason::{EndReason, named};

named! {
    /// What changed.
    ChangeKind ("change kind") {
        /// A session ended; the id is the session's.
        SessionEnded = "session.ended",
        /// An account was created; the id is the account's.
        AccountCreated = "account.created",
        /// An account's profile changed; the id is the account's.
        AccountUpdated = "account.updated",
        /// An account's state was set; the id is the account's.
        AccountState = "account.state",
        /// An account was deleted; the id is the account's.
        AccountDeleted = "account.deleted",
        /// All sessions of an account that are older than its epoch are dead; the id is the account's.
        AccountEpoch = "account.epoch",
    }
}

/// One change, in the order in which it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Position in the store's sequence.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: ChangeKind,
    /// What it concerns; see [`ChangeKind`].
    pub id: Uuid,
    /// Why, where a session or an epoch ended.
    pub reason: Option<EndReason>,
}

impl ChangeKind {
    /// Whether something that others may know has become wrong by it, so that they must hear of it at once. Of an account that was created
    /// nobody knew anything.
    pub const fn is_urgent(self) -> bool {
        !matches!(self, Self::AccountCreated)
    }
}
