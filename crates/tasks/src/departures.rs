//! Tasks go with their account.
//!
//! **The rule**: how far the authority's deleted accounts are known is kept beside the tasks, and moves only behind an effect: what was
//! interrupted is done again, and doing it again changes nothing. Where that is not to be told from there (another history, or changes that
//! were swept meanwhile), everybody who has tasks is asked about.
//!
//! **The caveat**: between the end of an account and the end of its tasks lies a moment, in which nobody can sign in to see them.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::model::UserId;
use crate::observer::{Observer, TaskEffect, Unobserved};
use crate::ports::{Heard, Store, StoreError};

/// People asked about at once.
const ASKED_AT_ONCE: u32 = 200;

/// The authority can't be asked.
pub type DirectoryError = Box<dyn Error + Send + Sync>;

/// What became of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departed {
    /// These were deleted, in this order, up to this place.
    These {
        /// Their ids, as tokens name them.
        users: Vec<UserId>,
        /// Where to go on from.
        heard: Heard,
        /// Whether there is nothing behind it for now.
        all: bool,
    },
    /// It can't be told from there: ask about everybody, then go on from this place.
    Unknown {
        /// The newest place, as it was before anybody is asked about.
        heard: Heard,
    },
}

/// Whom an authority knows.
#[async_trait]
pub trait AccountDirectory: Send + Sync {
    /// Accounts that were deleted behind this place; `None`: nothing was ever heard.
    async fn departed(&self, behind: Option<&Heard>) -> Result<Departed, DirectoryError>;

    /// Those of these people who have no account any more.
    async fn unknown(&self, users: Vec<UserId>) -> Result<Vec<UserId>, DirectoryError>;
}

/// Why the tasks of deleted accounts are still there. Nothing is lost by it: the next time begins where this one ended.
#[derive(Debug, thiserror::Error)]
pub enum DepartureError {
    /// The authority can't be asked.
    #[error("accounts can't be asked about: {0}")]
    Directory(#[source] DirectoryError),
    /// The store of tasks.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Removes the tasks of deleted accounts.
#[derive(Clone)]
pub struct Departures {
    store: Arc<dyn Store>,
    directory: Arc<dyn AccountDirectory>,
    observer: Arc<dyn Observer>,
}

impl Departures {
    /// In this store, by what this directory says.
    pub fn new(store: Arc<dyn Store>, directory: Arc<dyn AccountDirectory>) -> Self {
        Self {
            store,
            directory,
            observer: Arc::new(Unobserved),
        }
    }

    /// Tells this observer how many tasks go.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        Self { observer, ..self }
    }

    /// Does what is to be done by now. Tells how many tasks went.
    ///
    /// # Errors
    /// [`DepartureError`]: try again later.
    pub async fn catch_up(&self, now: Timestamp) -> Result<u64, DepartureError> {
        let mut gone = 0;
        loop {
            let known = self.store.heard().await?;
            let departed = self.directory.departed(known.as_ref()).await;
            match departed.map_err(DepartureError::Directory)? {
                Departed::These { users, heard, all } => {
                    gone += self.forget(users, now).await?;
                    self.note(known.as_ref(), &heard).await?;
                    if all {
                        return Ok(gone);
                    }
                }
                Departed::Unknown { heard } => {
                    gone += self.ask_about_everybody(now).await?;
                    self.note(known.as_ref(), &heard).await?;
                    return Ok(gone);
                }
            }
        }
    }

    async fn note(&self, known: Option<&Heard>, heard: &Heard) -> Result<(), StoreError> {
        if known == Some(heard) {
            return Ok(());
        }
        self.store.note_heard(heard).await
    }

    async fn forget(&self, users: Vec<UserId>, now: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        for user in users {
            let tasks = self.store.forget(&user, now).await?;
            self.observer.became(TaskEffect::Departed, tasks);
            gone += tasks;
        }
        Ok(gone)
    }

    async fn ask_about_everybody(&self, now: Timestamp) -> Result<u64, DepartureError> {
        let mut gone = 0;
        let mut behind = None;
        loop {
            let owners = self.store.owners(behind.as_ref(), ASKED_AT_ONCE).await?;
            let Some(last) = owners.last().cloned() else {
                return Ok(gone);
            };
            let unknown = self.directory.unknown(owners).await;
            gone += self
                .forget(unknown.map_err(DepartureError::Directory)?, now)
                .await?;
            behind = Some(last);
        }
    }
}
