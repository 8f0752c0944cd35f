//! The embedded store, on SQLite.
//!
//! One thread writes: it takes what has queued, makes it one durable commit, and answers each command with its own outcome
//! ([`writer`]). Reads run beside it on read-only connections ([`reader`]); write-ahead logging lets both go on at once, and
//! lets the command line work on the same file while a server runs.
//!
//! **The rule**: SQL lives in the file of its table; nothing but [`writer`] begins a transaction, but for what has the file for itself.
//!
//! **The caveat**: the file has to lie on a local disk. Write-ahead logging shares memory between processes, which network
//! file systems do not.

mod audit;
mod backup;
mod batch;
mod bulk;
mod changes;
mod connection;
mod migrate;
mod one_time_tokens;
mod own_accounts;
#[cfg(test)]
mod plans;
mod reader;
mod rows;
mod secret_mark;
mod services;
mod session_commands;
mod sessions;
mod signing_keys;
mod sweep;
mod throttles;
mod transfer;
mod user_commands;
mod users;
mod watcher;
mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::SessionId;
use keyturn_core::ports::{ChangeListener, StoreError, StoreHealth};
use rusqlite::Connection;

pub use self::backup::{BackupError, Inspection, Restore, backup, inspect, restore};
pub use self::bulk::{Bulk, BulkError};
pub use self::migrate::{OpenError, OpenMode};
use self::reader::Readers;
use self::rows::Fault;
use self::writer::{Command, Moment, Writer};
use crate::metrics::WriterMetrics;

/// The embedded store: one file, one writer thread, a few readers.
///
/// Its methods are to be called within a Tokio runtime: lists run on its blocking threads. Dropping it carries out what has
/// queued, empties the write-ahead log into the file, and waits for both.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Writer,
    readers: Arc<Readers>,
    /// Keeps [`restore`] away for as long as the store is open.
    _in_use: File,
}

impl SqliteStore {
    /// Opens the store in this file.
    ///
    /// The file, and those that SQLite puts beside it, are created readable by their owner alone. `listener` hears of every
    /// change that is committed to the file after this call, in order, from the writer thread: of this store's own before the
    /// answer to whoever asked for them, of others' within 200 ms.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub fn open(
        path: &Path,
        mode: OpenMode,
        listener: Option<Arc<dyn ChangeListener>>,
    ) -> Result<Self, OpenError> {
        Self::open_as(path, mode, listener, None, WriterMetrics::default())
    }

    /// As [`SqliteStore::open`], counted by these metrics.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub fn open_measured(
        path: &Path,
        mode: OpenMode,
        listener: Option<Arc<dyn ChangeListener>>,
        metrics: WriterMetrics,
    ) -> Result<Self, OpenError> {
        Self::open_as(path, mode, listener, None, metrics)
    }

    /// Opens the store in this file, which may not grow past `max_pages` of 4 KiB: a write that needs more is answered
    /// unavailable, as on a full disk.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub fn open_within(
        path: &Path,
        mode: OpenMode,
        listener: Option<Arc<dyn ChangeListener>>,
        max_pages: Option<u32>,
    ) -> Result<Self, OpenError> {
        Self::open_as(path, mode, listener, max_pages, WriterMetrics::default())
    }

    fn open_as(
        path: &Path,
        mode: OpenMode,
        listener: Option<Arc<dyn ChangeListener>>,
        max_pages: Option<u32>,
        metrics: WriterMetrics,
    ) -> Result<Self, OpenError> {
        let in_use = migrate::claim(path, mode)?;
        let connection = migrate::open(path, mode)?;
        if let Some(max_pages) = max_pages {
            connection.pragma_update_and_check(None, "max_page_count", max_pages, |_| Ok(()))?;
        }
        let readers = Arc::new(Readers::open(path)?);
        let writer = Writer::start(connection, listener, metrics)?;
        Ok(Self {
            writer,
            readers,
            _in_use: in_use,
        })
    }
}

impl Drop for SqliteStore {
    /// Readers first: the last connection to close empties the log, and a reader could not.
    fn drop(&mut self) {
        self.readers.close();
        self.writer.stop();
    }
}

#[async_trait]
impl StoreHealth for SqliteStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.readers.with(|connection| {
            Ok(
                connection.query_row("SELECT count(*) FROM (SELECT 1 FROM users LIMIT 1)", [], |_| {
                    Ok(())
                })?,
            )
        })?;
        self.writer.carry_out(Probe, Timestamp::MIN).await
    }
}

/// Goes the way of every write and changes nothing.
struct Probe;

impl Command for Probe {
    type Outcome = ();

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, _connection: &Connection, _moment: Moment) -> Result<(), Fault> {
        Ok(())
    }
}
