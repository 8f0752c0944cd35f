//! The store of tasks in a file, on SQLite: the embedded default.
//!
//! **The caveat**: the file has to lie on a local disk, as write-ahead logging shares memory between processes.

mod backup;
mod connection;
mod deleted;
mod live;
mod migrate;
mod rows;
mod upkeep;

use std::fmt;
use std::fs::File;
use std::path::Path;

pub use self::backup::{BackupError, backup, inspect, restore, schema};
use self::connection::Connections;
pub use self::migrate::OpenError;

/// Tasks in one file. Its methods are to be called within a Tokio runtime.
pub struct SqliteTasks {
    connections: Connections,
    /// Keeps [`restore`] away for as long as the store is open.
    _in_use: File,
}

impl SqliteTasks {
    /// Opens the store in this file, which is created readable by its owner alone where it is absent, and brought to this version's schema.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let in_use = backup::in_use(path).map_err(|source| OpenError::File {
            path: path.to_owned(),
            source,
        })?;
        let writer = migrate::migrated(path)?;
        Ok(Self {
            connections: Connections::new(path, writer),
            _in_use: in_use,
        })
    }
}

impl fmt::Debug for SqliteTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteTasks").finish_non_exhaustive()
    }
}
