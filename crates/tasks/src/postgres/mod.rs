//! The store of tasks in a schema of its own, on PostgreSQL: for several nodes over one database.
//!
//! **The rule**: one person's writes take turns, by an advisory lock that lasts until the commit. What is decided by several rows of theirs (how
//! many there are, whether they are gone) can then not change underneath.

mod connection;
mod deleted;
mod live;
mod migrate;
mod rows;
mod upkeep;

use std::fmt;
use std::time::Duration;

use deadpool_postgres::Pool;

use self::connection::Connections;
pub use self::migrate::OpenError as PostgresOpenError;
use crate::inspection::{Inspection, Schema};

/// The schema that the tables are in.
pub const SCHEMA: &str = "tasks";

/// Tasks in one database, shared. Cheap to copy.
#[derive(Clone)]
pub struct PostgresTasks {
    connections: Connections,
}

impl PostgresTasks {
    /// Opens the store in the database that this pool leads to, and brings it to this version's schema. No answer is waited for longer than
    /// `answer_timeout`.
    ///
    /// # Errors
    /// [`PostgresOpenError`] says what to do.
    pub async fn open(pool: Pool, answer_timeout: Duration) -> Result<Self, PostgresOpenError> {
        migrate::migrate(&pool).await?;
        migrate::check_rights(&pool).await?;
        Ok(Self {
            connections: Connections::new(pool, answer_timeout),
        })
    }

    /// How far the tasks in the database of this pool are migrated.
    ///
    /// # Errors
    /// [`PostgresOpenError`].
    pub async fn schema(pool: &Pool) -> Result<Schema, PostgresOpenError> {
        migrate::schema(pool).await
    }

    /// Looks the tasks in the database of this pool over without changing them.
    ///
    /// # Errors
    /// [`PostgresOpenError`]: rights that lack among them.
    pub async fn inspect(pool: &Pool) -> Result<Inspection, PostgresOpenError> {
        migrate::inspect(pool).await
    }
}

impl fmt::Debug for PostgresTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresTasks").finish_non_exhaustive()
    }
}
