//! The store for several nodes, on PostgreSQL.
//!
//! Nodes are processes without a state of their own over one database. What happens all the time goes through one task of each node,
//! many effects in one commit ([`batch`]); everything else is a short transaction on a pooled connection ([`writer`]). The nodes
//! hear of each other's effects through table `changes` ([`watcher`]).
//!
//! **The rule**: SQL lives in the file of its table; nothing but [`work`] and [`link`] begins a transaction; rows are locked in the one
//! order that [`user_commands`] gives. The database's clock decides nothing.
//!
//! **The caveat**: a connection pooler between the node and the database has to leave sessions alone: `LISTEN`, prepared statements and
//! settings belong to one.

mod audit;
mod batch;
mod changes;
mod connection;
mod hot;
mod link;
mod migrate;
mod one_time_tokens;
mod options;
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
mod work;
mod writer;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::ports::{ChangeListener, StoreError, StoreHealth};
use tokio::task::JoinHandle;

use self::connection::Target;
pub use self::migrate::OpenError;
pub use self::options::PostgresOptions;
use self::reader::Readers;
pub use self::reader::postgres_pool;
use self::rows::Fault;
pub use self::watcher::ClockOffset;
use self::watcher::{Offset, Teller, Watcher};
use self::work::Work;
use self::writer::{Command, Effects, Writer};
use crate::sqlite::OpenMode;

/// The store for several nodes: one PostgreSQL database, shared.
///
/// Its methods are to be called within the Tokio runtime that it was opened in. Dropped, it carries out what has queued as long as
/// that runtime runs; [`PostgresStore::close`] waits for it.
pub struct PostgresStore {
    writer: Writer,
    readers: Readers,
    offset: Arc<Offset>,
    watching: Option<Watching>,
    epoch: String,
}

/// The watcher's task, which ends with the store.
struct Watching(JoinHandle<()>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl PostgresStore {
    /// Opens the store in this database.
    ///
    /// `listener` hears of every change that is committed after this call, in order: of this store's own before the answer to whoever
    /// asked for them, of others' as soon as the database wakes this node, and in any case within a quarter of
    /// [`PostgresOptions::max_staleness`] and the time of a reading.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub async fn open(
        options: PostgresOptions,
        mode: OpenMode,
        listener: Option<Arc<dyn ChangeListener>>,
    ) -> Result<Self, OpenError> {
        let target = Target::of(&options)?;
        let first = migrate::open(&target, mode).await?;
        let readers = Readers::new(&target, options.pool_size)?;
        let epoch = changes::epoch(&first.client).await?;
        let teller = match listener {
            Some(listener) => {
                let newest = changes::newest(&first.client).await?;
                Some(Arc::new(Teller::new(listener, &epoch, newest)))
            }
            None => None,
        };
        let offset = Arc::new(Offset::default());
        if let Some(clock) = &options.clock {
            offset.measure(&target, &first.client, &**clock).await?;
        }
        let effects = Effects::new(readers.clone(), teller.clone());
        let writer = Writer::start(target.clone(), effects, options.metrics).await?;
        let watches = teller.is_some() || options.clock.is_some();
        let watcher = Watcher {
            target,
            teller,
            clock: options.clock,
            offset: Arc::clone(&offset),
            every: options.max_staleness / 4,
        };
        Ok(Self {
            writer,
            readers,
            offset,
            watching: watches.then(|| Watching(tokio::spawn(watcher.work()))),
            epoch,
        })
    }

    /// How far the database's clock was from this node's when it was last measured, where it is.
    pub fn clock_offset(&self) -> Option<ClockOffset> {
        self.offset.last()
    }

    /// Names the history that sequences of changes belong to: another one after the database was restored, or a standby promoted, since
    /// sequences may then be given again for other changes.
    pub fn changes_epoch(&self) -> &str {
        &self.epoch
    }

    /// Carries out what has queued, and closes the connections.
    pub async fn close(self) {
        drop(self.watching);
        self.writer.stop().await;
        self.readers.close();
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl StoreHealth for PostgresStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.writer.carry_out(Probe, Timestamp::UNIX_EPOCH).await?;
        self.writer.probe().await
    }
}

/// Goes the way of every write and changes nothing. A row lock that is asked for is refused where no writes are taken.
struct Probe;

#[async_trait]
impl Command for Probe {
    type Outcome = ();

    async fn run(&self, work: &mut Work<'_>) -> Result<(), Fault> {
        work.look("SELECT 1 FROM users LIMIT 1 FOR KEY SHARE SKIP LOCKED", &[])
            .await?;
        Ok(())
    }
}
