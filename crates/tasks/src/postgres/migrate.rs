//! Bringing the schema up to date: all pending migrations in one transaction.
//!
//! Nodes that start together take turns by an advisory lock, since the runner takes none; the database lifts it when its holder's connection
//! ends.

use std::error::Error;

use deadpool_postgres::{Object, Pool};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::SCHEMA;
use super::connection::LOCK_CLASS;
use crate::inspection::{Inspection, Schema};

mod embedded {
    refinery::embed_migrations!("migrations/postgres");
}

/// What was migrated is noted in the schema itself: the authority has a ledger of its own in the same database.
const LEDGER: &str = "tasks.refinery_schema_history";

/// Held while a node migrates.
const LOCK: &str = "SELECT pg_advisory_lock($1, 0)";

/// A node that waits for another one's migration does so for as long.
const WHILE_MIGRATING: &str = "SET statement_timeout = 0; SET lock_timeout = 0; \
    SET idle_in_transaction_session_timeout = 0";

/// The tables, and what this program does with them.
const RIGHTS: &str = "SELECT string_agg(one.needed || ' on ' || wanted.name, ', ')
    FROM (VALUES ('tasks.tasks', 'SELECT, INSERT, UPDATE, DELETE'), ('tasks.deleted_tasks', 'SELECT, INSERT, DELETE'),
        ('tasks.gone_users', 'SELECT, INSERT, UPDATE, DELETE'), ('tasks.heard', 'SELECT, INSERT, UPDATE'))
        AS wanted (name, rights),
    LATERAL unnest(string_to_array(wanted.rights, ', ')) AS one (needed)
    WHERE NOT has_table_privilege(wanted.name, one.needed)";

/// Why the tasks were not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database does not answer.
    #[error("the database is not reached: {0}")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The role may not do what has to be done.
    #[error("the role lacks rights for the tasks: {lacking}")]
    Rights {
        /// On what, or what the server says.
        lacking: String,
    },
    /// The schema is newer than this program.
    #[error("the tasks' schema is of version {found}, this program knows {known}: use a newer keyturn")]
    Newer {
        /// Its version.
        found: i32,
        /// The version of this program.
        known: i32,
    },
    /// A migration failed; the database is as it was.
    #[error("migrating the tasks failed: {0}")]
    Migration(#[source] Box<refinery::Error>),
    /// The server refuses a statement.
    #[error("the database refuses: {0}")]
    Engine(#[source] Box<dyn Error + Send + Sync>),
}

impl From<tokio_postgres::Error> for OpenError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(refusal) = error.as_db_error() else {
            return Self::Unreachable(error.into());
        };
        let message = refusal.message().to_owned();
        match *refusal.code() {
            SqlState::INSUFFICIENT_PRIVILEGE => Self::Rights { lacking: message },
            _ => Self::Engine(message.into()),
        }
    }
}

/// On a connection that is closed afterwards, and with it the lock.
pub(super) async fn migrate(pool: &Pool) -> Result<(), OpenError> {
    let mut client = Object::take(connection(pool).await?);
    client.batch_execute(WHILE_MIGRATING).await?;
    client.execute(LOCK, &[&LOCK_CLASS]).await?;
    make_schema(&client).await?;
    let (found, known) = (version(&client).await?, known());
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    if found == known {
        return Ok(());
    }
    let mut runner = embedded::migrations::runner().set_grouped(true);
    runner.set_migration_table_name(LEDGER);
    let client: &mut Client = &mut client;
    let run = runner.run_async(client).await;
    run.map(drop).map_err(migration_failed)
}

/// How far a database is migrated.
pub(super) async fn schema(pool: &Pool) -> Result<Schema, OpenError> {
    let client = connection(pool).await?;
    Ok(Schema {
        version: version(&client).await?,
        known: known(),
    })
}

/// The schema's version, and where it can be read what waits to be swept.
pub(super) async fn inspect(pool: &Pool) -> Result<Inspection, OpenError> {
    const FIRST_END: &str = "SELECT min(restorable_until) FROM tasks.deleted_tasks";
    let schema = schema(pool).await?;
    let mut first_end = None;
    if schema.version == schema.known {
        check_rights(pool).await?;
        let client = connection(pool).await?;
        first_end = client.query_one(FIRST_END, &[]).await?.try_get(0)?;
    }
    Ok(Inspection {
        schema,
        damage: Vec::new(),
        first_end,
    })
}

/// Lists what the role lacks.
pub(super) async fn check_rights(pool: &Pool) -> Result<(), OpenError> {
    let client = connection(pool).await?;
    let lacking: Option<String> = client.query_one(RIGHTS, &[]).await?.try_get(0)?;
    lacking.map_or(Ok(()), |lacking| Err(OpenError::Rights { lacking }))
}

async fn connection(pool: &Pool) -> Result<Object, OpenError> {
    pool.get()
        .await
        .map_err(|error| OpenError::Unreachable(error.into()))
}

/// Where it is there already, nothing is asked of the role: to create one takes a right on the database.
async fn make_schema(client: &Client) -> Result<(), OpenError> {
    let find = "SELECT to_regnamespace($1::text) IS NOT NULL";
    if !client.query_one(find, &[&SCHEMA]).await?.try_get::<_, bool>(0)? {
        client.batch_execute(&format!("CREATE SCHEMA {SCHEMA}")).await?;
    }
    Ok(())
}

fn migration_failed(error: refinery::Error) -> OpenError {
    let mut source = Error::source(&error);
    while let Some(cause) = source {
        if let Some(refusal) = cause
            .downcast_ref::<tokio_postgres::Error>()
            .and_then(tokio_postgres::Error::as_db_error)
            && *refusal.code() == SqlState::INSUFFICIENT_PRIVILEGE
        {
            return OpenError::Rights {
                lacking: refusal.message().to_owned(),
            };
        }
        source = cause.source();
    }
    OpenError::Migration(Box::new(error))
}

/// The newest migration of this program.
fn known() -> i32 {
    let runner = embedded::migrations::runner();
    let versions = runner.get_migrations().iter().map(refinery::Migration::version);
    versions.max().unwrap_or(0)
}

/// The newest migration of the database; 0 where there was none.
async fn version(client: &Client) -> Result<i32, OpenError> {
    let find = "SELECT to_regclass($1::text) IS NOT NULL";
    if !client.query_one(find, &[&LEDGER]).await?.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let newest = format!("SELECT coalesce(max(version), 0) FROM {LEDGER}");
    Ok(client.query_one(&newest, &[]).await?.try_get(0)?)
}
