//! What a person does to their own account, and what deleting one means.
//!
//! **The rule**: an effect that was allowed because somebody gave the current password is conditional on that password being the current
//! one still, and on the session in which it was given ([`Confirmed`]): a reset or a sign-out that is acknowledged meanwhile wins.
//!
//! A deleted account leaves a row of its ids alone, without names, password or permissions, which no method finds: so that the sessions
//! that it had still say why they ended, and its id and subject name nobody else.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Effect, SignInRecord, StoreError};
use crate::model::{AuditEvent, SessionId, User, UserId};
use crate::password::PasswordHash;

/// That somebody gave the current password. Condition of the effect that comes with it: the account is active, its hash is still this
/// one, and the session is live and of the account's epoch.
#[derive(Debug)]
pub struct Confirmed {
    /// The hash that was verified.
    pub password_hash: PasswordHash,
    /// The session in which the password was given.
    pub session_id: SessionId,
}

/// Changes a password from within a session, which stays and follows the epoch; the account's others end (reason `password_changed`).
/// The account's outstanding one-time tokens become void.
#[derive(Debug)]
pub struct ChangePassword {
    /// Whose.
    pub user_id: UserId,
    /// The condition; its session is the one that stays.
    pub confirmed: Confirmed,
    /// The new hash.
    pub password_hash: PasswordHash,
    /// Who.
    pub audit: AuditEvent,
}

/// Deletes an account. Condition: it is not deleted, and what was confirmed, where the person did it.
///
/// Names, password, permissions and metadata are gone at once. All sessions end (reason `account_deleted`); addresses and user agents
/// leave the account's sessions and its audit events, the ones written now included.
#[derive(Debug)]
pub struct DeleteUser {
    /// Whose.
    pub user_id: UserId,
    /// The condition; `None` for an operator.
    pub confirmed: Option<Confirmed>,
    /// Condition besides, where true: another active account has the permission `admin`.
    pub another_administrator: bool,
    /// Who.
    pub audit: AuditEvent,
}

/// What people do to their own accounts.
#[async_trait]
pub trait OwnAccountStore: Send + Sync {
    /// What the current password of an account is checked against, by id.
    async fn find_password(&self, id: UserId) -> Result<Option<SignInRecord>, StoreError>;

    /// See [`ChangePassword`].
    async fn change_password(
        &self,
        change: ChangePassword,
        now: Timestamp,
    ) -> Result<Effect<User>, StoreError>;

    /// See [`DeleteUser`]. Answers how many sessions ended.
    async fn delete_user(&self, delete: DeleteUser, now: Timestamp) -> Result<Effect<u64>, StoreError>;

    /// Events that concern an account, oldest first: at most `limit` of those after event `after`, each with its number.
    async fn user_audit(
        &self,
        id: UserId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, AuditEvent)>, StoreError>;
}
