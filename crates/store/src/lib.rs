//! Keyturn's stores: where sessions and accounts are kept, durably.
//!
//! [`SqliteStore`] is the embedded default, one file beside the process; [`PostgresStore`] is for several nodes over one database. Both
//! keep the contract of [`keyturn_core::ports`], which the behaviour suite checks: each method is one whole, atomic, conditional effect, and
//! what was answered is on disk.
//!
//! ```
//! use keyturn_store::{OpenError, OpenMode, SqliteStore};
//!
//! let folder = tempfile::tempdir()?;
//! let refused = SqliteStore::open(&folder.path().join("keyturn.db"), OpenMode::Existing, None);
//! assert!(matches!(refused, Err(OpenError::Absent { .. })));
//! # Ok::<(), std::io::Error>(())
//! ```

mod metrics;
mod postgres;
mod sqlite;

pub use self::metrics::WriterMetrics;

/// What [`postgres_pool`] makes.
pub use deadpool_postgres::Pool as PostgresPool;
pub use postgres::{
    ClockOffset, OpenError as PostgresOpenError, PostgresOptions, PostgresStore, postgres_pool,
};
pub use sqlite::{
    BackupError, Bulk, BulkError, Inspection, OpenError, OpenMode, Restore, SqliteStore, backup, inspect,
    restore,
};
