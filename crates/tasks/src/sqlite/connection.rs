//! Connections: one that writes, a few that read, each used by one at a time, on threads that may wait for the disk.
//!
//! **The rule**: every write is one transaction, and waits for the disk before it is answered (`synchronous = FULL`). Once begun it is carried to
//! its end, whether or not somebody waits for it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tokio::sync::{Mutex as Turn, Semaphore};
use tokio::task::spawn_blocking;

use super::rows::Fault;
use crate::ports::StoreError;

/// How long a write waits for another process's, which is short.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads at once.
const READERS: usize = 4;

/// The log is cut back to this size, in bytes, once a long read has let it grow.
const LOG_SIZE_LIMIT: u32 = 16 * 1024 * 1024;

/// The connections to one file.
pub(super) struct Connections {
    writer: Arc<Turn<Connection>>,
    readers: Arc<Readers>,
    turns: Arc<Semaphore>,
}

/// Those that read, opened when they are first needed: many an installation never reads two tasks at once.
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Connections {
    /// With this one to write.
    pub(super) fn new(path: &Path, writer: Connection) -> Self {
        let readers = Readers {
            path: path.to_owned(),
            idle: Mutex::default(),
        };
        Self {
            writer: Arc::new(Turn::new(writer)),
            readers: Arc::new(readers),
            turns: Arc::new(Semaphore::new(READERS)),
        }
    }

    /// One transaction.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        effect: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut writer = Arc::clone(&self.writer).lock_owned().await;
        let writing = spawn_blocking(move || {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let outcome = effect(&transaction)?;
            transaction.commit()?;
            Ok::<_, Fault>(outcome)
        });
        Ok(writing.await.map_err(unavailable)??)
    }

    /// One look.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(unavailable)?;
        let readers = Arc::clone(&self.readers);
        let reading = spawn_blocking(move || {
            let _turn = turn;
            let connection = readers.take()?;
            let found = look(&connection);
            readers.idle().push(connection);
            found
        });
        Ok(reading.await.map_err(unavailable)??)
    }
}

impl Readers {
    fn take(&self) -> Result<Connection, rusqlite::Error> {
        let idle = self.idle().pop();
        idle.map_or_else(|| reading(&self.path), Ok)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connection that writes.
pub(super) fn writing(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_SIZE_LIMIT, |_| Ok(()))?;
    Ok(connection)
}

/// A connection that can't write.
pub(super) fn reading(path: &Path) -> Result<Connection, rusqlite::Error> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// A connection to a file that nobody else has, as it is.
pub(super) fn plain(path: &Path) -> Result<Connection, rusqlite::Error> {
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

fn open(path: &Path, access: OpenFlags) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(error.into())
}
