//! Copying the database away and back.
//!
//! **The rule**: a copy is made in one read transaction, beside a running server, and counts only once it was checked and is on
//! disk. Putting one back takes the file for itself: who has the store open holds a shared lock ([`in_use`]), restoring wants
//! the exclusive one.
//!
//! **The caveat**: a copy is an older truth. Sign-outs and rotations since are undone in it, so that a session that was ended,
//! or a refresh token that a thief had used, would be good again (RFC 9700 §4.14.2 wants neither). Hence restoring ends every
//! session unless told otherwise, and gives the database a new epoch: whoever followed its changes must begin anew.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use keyturn_core::model::{AuditActor, AuditEvent, AuditKind, ChangeKind, Origin};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, params};

use super::migrate::{self, beside, keep_name, private};
use super::{audit, connection};

/// Every page in one step: one read transaction, which writers beside it neither wait for nor break.
const ALL_PAGES: i32 = -1;

/// Why there is no copy, or why it was not put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The place is taken.
    #[error("{} exists already", path.display())]
    Exists {
        /// The place.
        path: PathBuf,
    },
    /// A server or another command has the database open.
    #[error("the database at {} is in use: stop the server first", path.display())]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// The file is no database of Keyturn's, or of a newer one.
    #[error("{} is no database that this keyturn can use: {why}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The engine refuses.
    #[error("the database can't be copied: {0}")]
    Engine(#[from] rusqlite::Error),
}

/// How to put a copy back.
#[derive(Debug, Clone, Copy)]
pub struct Restore {
    /// Replace the database that is there.
    pub replace: bool,
    /// Leave sessions as they are in the copy.
    pub keep_sessions: bool,
    /// The new epoch: a random number.
    pub epoch: i32,
    /// When.
    pub now: Timestamp,
}

/// What the database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Its schema's version; 0 where it has none.
    pub version: i32,
    /// The version that this program knows.
    pub known: i32,
    /// The epoch of its changes: 0 until it was restored for the first time.
    pub epoch: i32,
    /// What is damaged, as the engine names it; empty where all is well.
    pub damage: Vec<String>,
}

/// Copies the database into a new file that its owner alone can read, beside a running server.
///
/// # Errors
/// [`BackupError`]; no file is left behind.
pub fn backup(database: &Path, to: &Path) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError::Exists { path: to.to_owned() });
    }
    let part = beside(to, "-part");
    let made = copy(database, &part).and_then(|_copy| place(&part, to));
    discard_unless(made, &part)
}

/// Puts a copy in the place of the database. Answers how many live sessions it ended.
///
/// # Errors
/// [`BackupError`]; the database that was there is there still.
pub fn restore(from: &Path, database: &Path, how: Restore) -> Result<u64, BackupError> {
    let _alone = alone(database)?;
    if database.exists() && !how.replace {
        return Err(BackupError::Exists {
            path: database.to_owned(),
        });
    }
    let part = beside(database, "-restore");
    let made = copy(from, &part).and_then(|mut copy| begin_anew(from, &mut copy, how));
    let placed = made.and_then(|ended| {
        // A log of the old database must never be played into the new one.
        for suffix in ["-wal", "-shm"] {
            remove(&beside(database, suffix))?;
        }
        place(&part, database).map(|()| ended)
    });
    discard_unless(placed, &part)
}

/// Looks a database over without changing it.
///
/// # Errors
/// [`BackupError::Engine`] where it can't be read at all.
pub fn inspect(database: &Path) -> Result<Inspection, BackupError> {
    Ok(inspected(&connection::reading(database)?)?)
}

/// The lock that everybody holds who has the database open.
pub(super) fn in_use(database: &Path) -> io::Result<File> {
    let lock = private(&beside(database, "-use"))?;
    lock.lock_shared()?;
    Ok(lock)
}

/// The lock of who wants it alone.
pub(super) fn alone(database: &Path) -> Result<File, BackupError> {
    let path = beside(database, "-use");
    let failed = |source| file_error(&path, source);
    let lock = private(&path).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(BackupError::InUse {
            path: database.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Copies into a new file and checks what came of it.
fn copy(from: &Path, to: &Path) -> Result<Connection, BackupError> {
    if !from.is_file() {
        return Err(file_error(from, io::ErrorKind::NotFound.into()));
    }
    let source = connection::reading(from)?;
    // A copy that a power cut left half made is nobody's.
    remove(to)?;
    create(to).map_err(|source| file_error(to, source))?;
    let mut copy = connection::plain(to)?;
    match Backup::new(&source, &mut copy)?.step(ALL_PAGES)? {
        StepResult::Done => {}
        unfinished => return Err(unfit(from, format!("copying ended with {unfinished:?}"))),
    }
    // One file, without a log beside it.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    let found = inspected(&copy)?;
    if let Some(damage) = found.damage.first() {
        return Err(unfit(from, format!("it is damaged: {damage}")));
    }
    if found.version == 0 {
        return Err(unfit(from, "it has no schema of Keyturn's".to_owned()));
    }
    if found.version > found.known {
        return Err(unfit(from, format!("its version {} is newer", found.version)));
    }
    Ok(copy)
}

/// Why a session that lives in a copy ends at `?1`. A time-out that was due is recorded as what it is.
macro_rules! reason {
    () => {
        "CASE WHEN ?1 < min(ends_at, last_activity_at + idle_timeout) THEN 'admin'
            WHEN ends_at <= last_activity_at + idle_timeout THEN 'absolute_end' ELSE 'idle' END"
    };
}

/// Ends what lives, each with its event and its change, and marks the changes before as another history's.
fn begin_anew(from: &Path, copy: &mut Connection, how: Restore) -> Result<u64, BackupError> {
    migrate::to_this_version(copy).map_err(|error| unfit(from, format!("it can't be migrated: {error}")))?;
    let transaction = copy.transaction()?;
    audit::write(&transaction, &restored(how.now))?;
    let ended = if how.keep_sessions {
        0
    } else {
        end_sessions(&transaction, how.now)?
    };
    transaction.pragma_update(None, "user_version", how.epoch)?;
    transaction.commit()?;
    Ok(u64::try_from(ended).unwrap_or(u64::MAX))
}

fn end_sessions(connection: &Connection, now: Timestamp) -> Result<usize, rusqlite::Error> {
    const EVENTS: &str = concat!(
        "INSERT INTO audit_events (at, kind, user_id, session_id, detail, actor)
        SELECT ?1, ?2, user_id, id, ",
        reason!(),
        ", ?3 FROM sessions WHERE ended_at IS NULL ORDER BY id"
    );
    const CHANGES: &str = concat!(
        "INSERT INTO changes (at, kind, id, reason) SELECT ?1, ?2, id, ",
        reason!(),
        " FROM sessions WHERE ended_at IS NULL ORDER BY id"
    );
    const END: &str = concat!(
        "UPDATE sessions SET ended_at = min(?1, ends_at, last_activity_at + idle_timeout), end_reason = ",
        reason!(),
        " WHERE ended_at IS NULL"
    );
    let at = now.as_microsecond();
    let actor = AuditActor::CommandLine.as_str();
    connection.execute(EVENTS, params![at, AuditKind::SessionEnded.as_str(), actor])?;
    connection.execute(CHANGES, params![at, ChangeKind::SessionEnded.as_str()])?;
    connection.execute(END, params![at])
}

fn restored(now: Timestamp) -> AuditEvent {
    AuditEvent {
        at: now,
        kind: AuditKind::Restored,
        user_id: None,
        session_id: None,
        detail: String::new(),
        origin: Origin::COMMAND_LINE,
    }
}

fn inspected(connection: &Connection) -> Result<Inspection, rusqlite::Error> {
    let mut damage = Vec::new();
    connection.pragma_query(None, "integrity_check", |row| {
        damage.push(row.get::<_, String>(0)?);
        Ok(())
    })?;
    damage.retain(|line| line != "ok");
    connection.pragma_query(None, "foreign_key_check", |row| {
        damage.push(format!("a row of {} refers to none", row.get::<_, String>(0)?));
        Ok(())
    })?;
    Ok(Inspection {
        version: migrate::version(connection)?,
        known: migrate::known(),
        epoch: connection.pragma_query_value(None, "user_version", |row| row.get(0))?,
        damage,
    })
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Gives a finished file its name, durably.
fn place(part: &Path, path: &Path) -> Result<(), BackupError> {
    File::open(part)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(part, path))
        .and_then(|()| keep_name(path))
        .map_err(|source| file_error(path, source))
}

fn discard_unless<T>(made: Result<T, BackupError>, part: &Path) -> Result<T, BackupError> {
    if made.is_err() {
        remove(part)?;
    }
    made
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(file_error(path, source)),
        _ => Ok(()),
    }
}

fn file_error(path: &Path, source: io::Error) -> BackupError {
    BackupError::File {
        path: path.to_owned(),
        source,
    }
}

fn unfit(path: &Path, why: String) -> BackupError {
    BackupError::Unfit {
        path: path.to_owned(),
        why,
    }
}
