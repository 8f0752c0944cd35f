//! Read-only connections, handed out one reader at a time.
//!
//! A row read by its key counts as memory and runs where it is asked for ([`Readers::with`]); lists run on blocking threads,
//! a few at once ([`Readers::scan`]).

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use keyturn_core::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connection;
use super::rows::{Fault, unavailable};

/// Connections kept open; more are opened and closed again when more read at once.
const KEPT: usize = 8;

/// Lists that run at once.
const SCANS: usize = 4;

/// The pool.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    /// `None` once closed.
    idle: Mutex<Option<Vec<Connection>>>,
    scans: Arc<Semaphore>,
}

impl Readers {
    /// A pool with its first connection, so that a file that can't be read is noticed here.
    pub(super) fn open(path: &Path) -> Result<Self, rusqlite::Error> {
        let idle = Mutex::new(Some(vec![connection::reading(path)?]));
        Ok(Self {
            path: path.to_owned(),
            idle,
            scans: Arc::new(Semaphore::new(SCANS)),
        })
    }

    /// Reads here and now. For single rows by key.
    pub(super) fn with<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let connection = self.take().map_err(Fault::from)?;
        let answer = query(&connection);
        self.put_back(connection);
        Ok(answer?)
    }

    /// Reads on a blocking thread. For everything longer.
    pub(super) async fn scan<T: Send + 'static>(
        self: &Arc<Self>,
        query: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.scans)
            .acquire_owned()
            .await
            .map_err(unavailable)?;
        let readers = Arc::clone(self);
        let scanning = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            readers.with(query)
        });
        scanning.await.map_err(unavailable)?
    }

    /// Closes the idle connections now, and each of the others when its read is over.
    pub(super) fn close(&self) {
        self.lock().take();
    }

    fn take(&self) -> Result<Connection, rusqlite::Error> {
        let idle = self.lock().as_mut().and_then(Vec::pop);
        idle.map_or_else(|| connection::reading(&self.path), Ok)
    }

    fn put_back(&self, connection: Connection) {
        if let Some(idle) = self.lock().as_mut()
            && idle.len() < KEPT
        {
            idle.push(connection);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
