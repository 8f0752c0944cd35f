//! Reading what others must hear, in the order in which it was committed.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{AccountState, Change, UserId};

/// What followers of changes hear of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedAccount {
    /// The id that applications know it by.
    pub subject: String,
    /// Its state; `None` once it was deleted.
    pub state: Option<AccountState>,
}

/// The changes, in order of commit.
#[async_trait]
pub trait ChangeStore: Send + Sync {
    /// At most `limit` changes with a sequence above `after`, ascending.
    async fn changes_after(&self, after: i64, limit: u32) -> Result<Vec<Change>, StoreError>;

    /// The account that a change names, as it is now; of a deleted one what is left. `None` once that was swept, too.
    async fn changed_account(&self, id: UserId) -> Result<Option<ChangedAccount>, StoreError>;
}
