//! Filling a store with many accounts and sessions at once: to measure it at that size.
//!
//! **The rule**: nobody else has the store open meanwhile ([`Bulk`] holds the lock that restoring takes), and what was added in
//! one call is one durable transaction.
//!
//! **The caveat**: no sign-in is audited and nobody is told of a change: it is for stores that nobody follows yet.

use std::fs::File;
use std::path::Path;

use jiff::Timestamp;
use keyturn_core::model::{NewUser, Session};
use keyturn_core::ports::StoreError;
use rusqlite::Connection;

use super::backup::{self, BackupError};
use super::migrate::{self, OpenError, OpenMode};
use super::rows::Fault;
use super::{audit, session_commands, user_commands};

/// Why nothing was added.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The store can't be had alone.
    #[error(transparent)]
    Taken(#[from] BackupError),
    /// The store can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The engine refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A session's id is taken, or its epoch is not its account's.
    #[error("session {0} does not fit its account")]
    Unfit(keyturn_core::model::SessionId),
}

/// A store that is being filled.
#[derive(Debug)]
pub struct Bulk {
    connection: Connection,
    _alone: File,
}

impl Bulk {
    /// Opens the store in this file, and makes it if it is absent.
    ///
    /// # Errors
    /// [`BulkError::Taken`] while a server or another command has it open.
    pub fn open(path: &Path) -> Result<Self, BulkError> {
        let alone = backup::alone(path)?;
        let connection = migrate::open(path, OpenMode::Migrate)?;
        Ok(Self {
            connection,
            _alone: alone,
        })
    }

    /// Whether it has no account yet.
    ///
    /// # Errors
    /// [`BulkError::Store`].
    pub fn is_empty(&self) -> Result<bool, BulkError> {
        const SQL: &str = "SELECT NOT EXISTS (SELECT 1 FROM users)";
        let empty = self.connection.query_row(SQL, [], |row| row.get(0));
        Ok(empty.map_err(refused)?)
    }

    /// Adds these accounts, each with its sessions, which are of epoch 0.
    ///
    /// # Errors
    /// Nothing of the call was added then.
    pub fn add(&mut self, accounts: &[(NewUser, Vec<Session>)], now: Timestamp) -> Result<(), BulkError> {
        let transaction = self.connection.transaction().map_err(refused)?;
        for (account, sessions) in accounts {
            user_commands::insert(&transaction, account, now).map_err(StoreError::from)?;
            audit::write(&transaction, &account.audit).map_err(refused)?;
            for session in sessions {
                if !session_commands::insert(&transaction, session).map_err(refused)? {
                    return Err(BulkError::Unfit(session.id));
                }
            }
        }
        Ok(transaction.commit().map_err(refused)?)
    }
}

fn refused(error: rusqlite::Error) -> StoreError {
    Fault::from(error).into()
}
