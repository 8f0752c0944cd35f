//! Hearing what other processes commit to the same file.
//!
//! `PRAGMA data_version` on the writer's own connection moves when anybody else has committed and stays for its own commits.
//! When it has moved, the rows of `changes` behind the last known one are read and told. The writer looks before each batch,
//! under the write lock, so that own and foreign rows are never mixed up, and every 200 ms while idle.

use std::sync::Arc;

use keyturn_core::ports::ChangeListener;
use rusqlite::Connection;

use super::changes;
use super::rows::Fault;

/// Changes read at once.
const PAGE: u32 = 256;

/// What was last seen, and who hears of more.
pub(super) struct Watcher {
    listener: Arc<dyn ChangeListener>,
    version: i64,
    seq: i64,
}

impl Watcher {
    /// Begins here: changes already there are not told.
    pub(super) fn start(
        connection: &Connection,
        listener: Arc<dyn ChangeListener>,
    ) -> Result<Self, rusqlite::Error> {
        let version = data_version(connection)?;
        Ok(Self {
            listener,
            version,
            seq: changes::newest(connection)?,
        })
    }

    /// Tells what others have committed since. What can't be read now is read at the next look.
    pub(super) fn look(&mut self, connection: &Connection) {
        if let Err(fault) = self.tell_new(connection) {
            tracing::error!(?fault, "changes by other processes can't be read");
        }
    }

    /// The newest change, within a transaction that has written its own.
    pub(super) fn after_own(&self, connection: &Connection) -> i64 {
        // Where it can't be read, the listener hears of its own changes, which is idle and does no harm.
        changes::newest(connection).unwrap_or(self.seq)
    }

    /// Leaves out what this process has committed itself.
    pub(super) fn skip_to(&mut self, seq: i64) {
        self.seq = self.seq.max(seq);
    }

    fn tell_new(&mut self, connection: &Connection) -> Result<(), Fault> {
        let version = data_version(connection)?;
        if version == self.version {
            return Ok(());
        }
        loop {
            let new = changes::read_after(connection, self.seq, PAGE)?;
            for change in &new {
                // First: a listener that panics must not hear the same change, and stop every batch, for ever.
                self.seq = change.seq;
                self.listener.changed(change);
            }
            if new.is_empty() {
                break;
            }
        }
        self.version = version;
        Ok(())
    }
}

fn data_version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))
}
