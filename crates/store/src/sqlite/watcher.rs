//! Telling the listener what was committed.
//!
//! Own commits: the rows of `changes` that a batch has written are told after its commit, before its commands are answered. Commits by
//! others: `PRAGMA data_version` on the writer's own connection moves with them and stays for its own; when it has moved, the
//! rows behind the last known one are read and told. The writer looks before each batch, under the write lock, and every
//! 200 ms while idle. After each look the listener knows everything that was committed before it began.

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
        let seq = changes::newest(connection)?;
        // A restore needs the file for itself: no other history begins while it is open.
        listener.begins(&changes::history(connection)?, seq);
        Ok(Self {
            listener,
            version,
            seq,
        })
    }

    /// Tells what others have committed since. What can't be read now is read at the next look.
    pub(super) fn look(&mut self, connection: &Connection) {
        let since = self.listener.looking();
        match self.tell_foreign(connection) {
            Ok(()) => self.listener.caught_up(since),
            Err(fault) => tracing::error!(?fault, "changes by other processes can't be read"),
        }
    }

    /// The newest change, within a transaction that has written its own.
    pub(super) fn newest(&self, connection: &Connection) -> i64 {
        // Where it can't be read, telling is tried all the same.
        changes::newest(connection).unwrap_or(i64::MAX)
    }

    /// Tells what this process has just committed, up to `newest`. Rotations write no changes: mostly there is nothing to read.
    pub(super) fn tell_own(&mut self, connection: &Connection, newest: i64) {
        if newest > self.seq
            && let Err(fault) = self.tell_new(connection)
        {
            // Not caught up: from now on the listener is not believed, until a look succeeds.
            self.version = i64::MIN;
            tracing::error!(?fault, "own changes can't be read");
        }
    }

    fn tell_foreign(&mut self, connection: &Connection) -> Result<(), Fault> {
        let version = data_version(connection)?;
        if version != self.version {
            self.tell_new(connection)?;
            self.version = version;
        }
        Ok(())
    }

    fn tell_new(&mut self, connection: &Connection) -> Result<(), Fault> {
        loop {
            let new = changes::read_after(connection, self.seq, PAGE)?;
            for change in &new {
                // First: a listener that panics must not hear the same change, and stop every batch, for ever.
                self.seq = change.seq;
                self.listener.changed(change);
            }
            if new.is_empty() {
                return Ok(());
            }
        }
    }
}

fn data_version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))
}
