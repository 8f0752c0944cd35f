//! Opening the file and bringing its schema up to date: all pending migrations in one transaction.
//!
//! Processes that start together take turns by a lock on a file of its own beside the database, since the runner takes none; the system lifts
//! it when its holder dies.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::connection;
use crate::inspection::Schema;

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

/// Why the tasks were not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The schema is newer than this program.
    #[error("the tasks at {} are of version {found}, this program knows {known}: use a newer keyturn", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i32,
        /// The version of this program.
        known: i32,
    },
    /// The file can't be created or locked.
    #[error("the tasks at {} can't be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A migration failed; the file is as it was.
    #[error("migrating the tasks failed: {0}")]
    Migration(#[from] Box<refinery::Error>),
    /// The engine refuses the file.
    #[error("the tasks can't be opened: {0}")]
    Engine(#[from] rusqlite::Error),
}

/// A connection that writes, to a file of this program's schema.
pub(super) fn migrated(path: &Path) -> Result<Connection, OpenError> {
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
    let (found, known) = (version(&connection)?, known());
    if found > known {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    let runner = embedded::migrations::runner().set_grouped(true);
    runner.run(&mut connection).map_err(Box::new)?;
    Ok(connection)
}

/// How far a file is migrated.
pub(super) fn schema(connection: &Connection) -> Result<Schema, rusqlite::Error> {
    Ok(Schema {
        version: version(connection)?,
        known: known(),
    })
}

/// The newest migration of this program.
pub(super) fn known() -> i32 {
    let runner = embedded::migrations::runner();
    let versions = runner.get_migrations().iter().map(refinery::Migration::version);
    versions.max().unwrap_or(0)
}

/// The newest migration of the file; 0 where there was none.
pub(super) fn version(connection: &Connection) -> Result<i32, rusqlite::Error> {
    let ledger = "SELECT 1 FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    if connection.query_row(ledger, [], |_| Ok(())).optional()?.is_none() {
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
