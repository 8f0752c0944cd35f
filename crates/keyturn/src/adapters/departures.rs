//! Which accounts were deleted, for the tasks that go with them.
//!
//! **The rule**: what is heard from the store's listener only wakes; what was deleted is read from table `changes`, behind the place up to which
//! it is known. Where changes were swept meanwhile, or belong to another history, that can't be told from there.
//!
//! **The caveat**: until the store has named its history there is nothing to go by, and nothing is done.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use keyturn_core::model::{Change, ChangeKind, UserId as AccountId};
use keyturn_core::ports::Store;
use keyturn_tasks::{AccountDirectory, Departed, DirectoryError, Heard, UserId};
use tokio::sync::Notify;

/// Changes read at once.
const PAGE: u32 = 500;

/// What the listener has told, and who is woken by it.
#[derive(Debug, Default)]
pub(crate) struct Departing {
    /// The history, and the last sequence of it that was told.
    told: Mutex<Option<Heard>>,
    /// Somebody may have to go.
    pub(crate) wake: Notify,
}

impl Departing {
    /// Another history begins, behind this sequence.
    pub(crate) fn begins(&self, history: &str, newest: i64) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.as_ref().is_some_and(|told| told.epoch == history) {
            return;
        }
        *told = Some(Heard {
            epoch: history.to_owned(),
            seq: newest,
        });
        self.wake.notify_one();
    }

    /// This was committed.
    pub(crate) fn changed(&self, change: &Change) {
        if let Some(told) = &mut *self.told.lock().unwrap_or_else(PoisonError::into_inner) {
            told.seq = told.seq.max(change.seq);
        }
        if change.kind == ChangeKind::AccountDeleted {
            self.wake.notify_one();
        }
    }

    fn told(&self) -> Option<Heard> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The accounts of our own store.
pub(crate) struct OwnAccounts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) departing: Arc<Departing>,
}

#[async_trait]
impl AccountDirectory for OwnAccounts {
    async fn departed(&self, behind: Option<&Heard>) -> Result<Departed, DirectoryError> {
        let told = self
            .departing
            .told()
            .ok_or("the store has not named its history yet")?;
        let Some(behind) = behind.filter(|behind| behind.epoch == told.epoch && behind.seq <= told.seq)
        else {
            return Ok(Departed::Unknown { heard: told });
        };
        if self.is_swept_behind(behind.seq).await? {
            return Ok(Departed::Unknown { heard: told });
        }
        let changes = self.store.changes_after(behind.seq, PAGE).await?;
        let mut users = Vec::new();
        for change in &changes {
            if change.kind != ChangeKind::AccountDeleted {
                continue;
            }
            match self.store.changed_account(AccountId(change.id)).await? {
                Some(account) => users.push(UserId(account.subject)),
                // What was left of it is gone, too: nobody can say whose it was.
                None => return Ok(Departed::Unknown { heard: told }),
            }
        }
        let all = changes.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        let seq = changes.last().map_or(behind.seq, |change| change.seq);
        let epoch = told.epoch;
        Ok(Departed::These {
            users,
            heard: Heard { epoch, seq },
            all,
        })
    }

    async fn unknown(&self, users: Vec<UserId>) -> Result<Vec<UserId>, DirectoryError> {
        let mut unknown = Vec::new();
        for user in users {
            if self.store.find_user_by_subject(&user.0).await?.is_none() {
                unknown.push(user);
            }
        }
        Ok(unknown)
    }
}

impl OwnAccounts {
    /// Whether there may have been changes behind this sequence that are there no more.
    async fn is_swept_behind(&self, seq: i64) -> Result<bool, DirectoryError> {
        let oldest = self.store.changes_after(0, 1).await?;
        Ok(oldest
            .first()
            .is_some_and(|oldest| oldest.seq > seq.saturating_add(1)))
    }
}
