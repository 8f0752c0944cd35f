//! Accounts in bulk: taken over from another application, and read out whole.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use crate::model::{AuditEvent, ImportedUser, User, UserId};
use crate::password::PasswordHash;

/// Takes over accounts, each if its subject, id, email and username are free: one effect. They are judged in their order, so that the
/// later of two with one name finds it taken.
#[derive(Debug)]
pub struct ImportUsers {
    /// The accounts.
    pub users: Vec<ImportedUser>,
    /// Written once if any was taken over.
    pub audit: AuditEvent,
}

/// What became of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It exists now.
    Imported,
    /// There is an account of this subject; nothing was changed.
    Present(Box<User>),
    /// Another account has this email.
    EmailTaken,
    /// Another account has this username.
    UsernameTaken,
    /// The subject is another account's own id.
    IdTaken,
}

/// An account as it is stored, its password hash too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUser {
    /// The account.
    pub user: User,
    /// What its password is verified against.
    pub password_hash: PasswordHash,
}

/// Accounts in bulk.
#[async_trait]
pub trait TransferStore: Send + Sync {
    /// See [`ImportUsers`]. One outcome for each, in their order.
    async fn import_users(
        &self,
        import: ImportUsers,
        now: Timestamp,
    ) -> Result<Vec<ImportOutcome>, StoreError>;

    /// Accounts with their hashes, oldest first: at most `limit` with an id above `after`.
    async fn stored_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<StoredUser>, StoreError>;
}
