//! How connections are set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// Between two tries to get a lock that another process holds. A busy server frees it for microseconds between its commits: whoever looks
/// less and less often, as the engine's own handler does, waits for seconds, and who looks every half a millisecond for ten.
const BUSY_WAIT: Duration = Duration::from_micros(100);

/// How often a write tries, for about ten seconds: another process's transaction is short (the command line beside a server).
const BUSY_TRIES: i32 = 64_000;

/// Pages in the log (of 4 KiB each) at which it is written back: who commits then does it, and everybody waits for their disk meanwhile. At four
/// times the engine's own number it is done a quarter as often, and a page that was written again and again is written back once.
const LOG_PAGES: u32 = 4_000;

/// As many statements as this crate has, and room.
const STATEMENTS: usize = 64;

/// The log is cut back to this size, in bytes, once a long read has let it grow.
const LOG_SIZE_LIMIT: u32 = 64 * 1024 * 1024;

/// The connection that writes. Every commit waits for the disk (`synchronous = FULL`): what was answered is there after a
/// power cut.
pub(super) fn writing(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", LOG_PAGES, |_| Ok(()))?;
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
    let mut connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_handler(Some(wait_for_lock))?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // Without it a join is planned anew at every call, for the values that it is called with: ten times the time of the read.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Whether to try again, after a wait.
#[expect(
    clippy::disallowed_methods,
    reason = "a lock of another process tells nobody when it is free"
)]
fn wait_for_lock(tries: i32) -> bool {
    let again = tries < BUSY_TRIES;
    if again {
        std::thread::sleep(BUSY_WAIT);
    }
    again
}
