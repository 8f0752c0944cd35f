//! Copying the tasks away and back.
//!
//! **The rule**: a copy is made in one read transaction, beside a running server, and counts only once it was checked and is on disk. Putting
//! one back takes the file for itself: who has the store open holds a shared lock, restoring wants the exclusive one.
//!
//! **The caveat**: what was heard of deleted accounts is another history's after a restore, so everybody who has tasks in the copy is asked about.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::connection;
use super::migrate::{self, beside, keep_name, private};
use crate::inspection::{Inspection, Schema};

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
    /// A server or another command has the tasks open.
    #[error("the tasks at {} are in use: stop the server first", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file holds no tasks, or is of a newer version.
    #[error("{} holds no tasks that this keyturn can use: {why}", path.display())]
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
    #[error("the tasks can't be copied: {0}")]
    Engine(#[from] rusqlite::Error),
}

/// Copies the tasks into a new file that its owner alone can read, beside a running server.
///
/// # Errors
/// [`BackupError`]; no file is left behind.
pub fn backup(tasks: &Path, to: &Path) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError::Exists { path: to.to_owned() });
    }
    let part = beside(to, "-part");
    let made = copy(tasks, &part).and_then(|_copy| place(&part, to));
    discard_unless(made, &part)
}

/// Puts a copy in the place of the tasks.
///
/// # Errors
/// [`BackupError`]; the tasks that were there are there still.
pub fn restore(from: &Path, tasks: &Path, replace: bool) -> Result<(), BackupError> {
    let _alone = alone(tasks)?;
    if tasks.exists() && !replace {
        return Err(BackupError::Exists {
            path: tasks.to_owned(),
        });
    }
    let part = beside(tasks, "-restore");
    let made = copy(from, &part).and_then(|copy| Ok(copy.execute("DELETE FROM heard", [])?));
    let placed = made.and_then(|_rows| {
        // A log of the old file must never be played into the new one.
        for suffix in ["-wal", "-shm"] {
            remove(&beside(tasks, suffix))?;
        }
        place(&part, tasks)
    });
    discard_unless(placed, &part)
}

/// How far the tasks are migrated.
///
/// # Errors
/// [`BackupError::Engine`] where they can't be read at all.
pub fn schema(tasks: &Path) -> Result<Schema, BackupError> {
    Ok(migrate::schema(&connection::reading(tasks)?)?)
}

/// Looks the tasks over, every page of them, without changing them.
///
/// # Errors
/// [`BackupError::Engine`] where they can't be read at all.
pub fn inspect(tasks: &Path) -> Result<Inspection, BackupError> {
    const FIRST_END: &str = "SELECT min(restorable_until) FROM deleted_tasks";
    let connection = connection::reading(tasks)?;
    let schema = migrate::schema(&connection)?;
    let damage = damage(&connection)?;
    let is_readable = damage.is_empty() && (1..=schema.known).contains(&schema.version);
    let first_end: Option<i64> = match is_readable {
        true => connection.query_row(FIRST_END, [], |row| row.get(0))?,
        false => None,
    };
    Ok(Inspection {
        schema,
        damage,
        first_end: first_end.and_then(|micros| Timestamp::from_microsecond(micros).ok()),
    })
}

/// The lock that everybody holds who has the tasks open.
pub(super) fn in_use(tasks: &Path) -> io::Result<File> {
    let lock = private(&beside(tasks, "-use"))?;
    lock.lock_shared()?;
    Ok(lock)
}

/// The lock of who wants them alone.
fn alone(tasks: &Path) -> Result<File, BackupError> {
    let path = beside(tasks, "-use");
    let failed = |source| file_error(&path, source);
    let lock = private(&path).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(BackupError::InUse {
            path: tasks.to_owned(),
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
    check(from, &copy)?;
    Ok(copy)
}

fn check(from: &Path, copy: &Connection) -> Result<(), BackupError> {
    if let Some(damage) = damage(copy)?.first() {
        return Err(unfit(from, format!("it is damaged: {damage}")));
    }
    match migrate::version(copy)? {
        0 => Err(unfit(from, "it has no schema of tasks".to_owned())),
        version if version > migrate::known() => Err(unfit(from, format!("its version {version} is newer"))),
        _ => Ok(()),
    }
}

/// What the engine finds wrong, in its words.
fn damage(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let mut damage = Vec::new();
    connection.pragma_query(None, "integrity_check", |row| {
        damage.push(row.get(0)?);
        Ok(())
    })?;
    damage.retain(|line: &String| line != "ok");
    Ok(damage)
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
