//! Opening the file and bringing its schema up to date.
//!
//! Only who asks for [`OpenMode::Migrate`] creates or migrates, and who restores a copy, before it is in place; everybody else wants the schema as this program knows it. All
//! pending migrations are one transaction. Processes that start together take turns by a lock on a file of its own beside
//! the database, since the runner takes none; the system lifts it when its holder dies.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::{backup, connection};

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

/// What opening may do to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// Create it if it is absent, and migrate it: for `serve` and `migrate`.
    Migrate,
    /// Neither: for every other command.
    Existing,
}

/// Why the store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such file.
    #[error("there is no database at {}: create it with `keyturn migrate`", path.display())]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The schema is older than this program.
    #[error("the database at {} is of version {found}, this program needs {needed}: run `keyturn migrate`", path.display())]
    Outdated {
        /// The file.
        path: PathBuf,
        /// Its version; 0 where it is empty.
        found: i32,
        /// The version of this program.
        needed: i32,
    },
    /// The schema is newer than this program.
    #[error("the database at {} is of version {found}, this program knows {known}: use a newer keyturn", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i32,
        /// The version of this program.
        known: i32,
    },
    /// The file can't be created or locked.
    #[error("the database file at {} can't be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A migration failed; the database is as it was.
    #[error("migrating the database failed: {0}")]
    Migration(#[from] Box<refinery::Error>),
    /// The engine refuses the file.
    #[error("the database can't be opened: {0}")]
    Engine(#[from] rusqlite::Error),
    /// The system gives no thread.
    #[error("the writer thread can't be started: {0}")]
    Thread(#[source] io::Error),
}

/// The lock of who has the database open; nothing is made where there is no database and none is to be made.
pub(super) fn claim(path: &Path, mode: OpenMode) -> Result<File, OpenError> {
    if mode == OpenMode::Existing && !path.exists() {
        return Err(OpenError::Absent {
            path: path.to_owned(),
        });
    }
    backup::in_use(path).map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })
}

/// A connection that writes, to a file whose schema is the one that this program knows.
pub(super) fn open(path: &Path, mode: OpenMode) -> Result<Connection, OpenError> {
    match mode {
        OpenMode::Migrate => migrated(path),
        OpenMode::Existing => {
            let connection = connection::writing(path)?;
            match (version(&connection)?, known()) {
                (found, needed) if found < needed => Err(OpenError::Outdated {
                    path: path.to_owned(),
                    found,
                    needed,
                }),
                (found, known) => refuse_newer(path, found, known).map(|()| connection),
            }
        }
    }
}

fn migrated(path: &Path) -> Result<Connection, OpenError> {
    let failed = |source| OpenError::File {
        path: path.to_owned(),
        source,
    };
    let turn = private(&beside(path, "-migrate")).map_err(failed)?;
    turn.lock().map_err(failed)?;
    private(path)
        .and_then(|_created| keep_name(path))
        .map_err(failed)?;
    let mut connection = connection::writing(path)?;
    refuse_newer(path, version(&connection)?, known())?;
    to_this_version(&mut connection)?;
    Ok(connection)
}

/// Carries out the migrations that are pending, all in one transaction.
pub(super) fn to_this_version(connection: &mut Connection) -> Result<(), Box<refinery::Error>> {
    let runner = embedded::migrations::runner().set_grouped(true);
    runner.run(connection).map(drop).map_err(Box::new)
}

fn refuse_newer(path: &Path, found: i32, known: i32) -> Result<(), OpenError> {
    if found > known {
        Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known,
        })
    } else {
        Ok(())
    }
}

/// The newest migration of this program.
pub(super) fn known() -> i32 {
    let runner = embedded::migrations::runner();
    runner
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max()
        .unwrap_or(0)
}

/// The newest migration of the file; 0 where there was none.
pub(super) fn version(connection: &Connection) -> Result<i32, rusqlite::Error> {
    let ledger = "SELECT 1 FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    let migrated = connection.query_row(ledger, [], |_| Ok(())).optional()?.is_some();
    if !migrated {
        return Ok(0);
    }
    let newest = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    connection.query_row(newest, [], |row| row.get(0))
}

/// A file beside another, under its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes the name of a new file survive a power cut, as its content will.
pub(super) fn keep_name(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Opens a file, created for its owner alone where it is absent. SQLite gives its own files the mode of the database.
pub(super) fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
