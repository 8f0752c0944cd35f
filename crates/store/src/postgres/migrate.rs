//! Finding out whether the database can be used, and bringing its schema up to date.
//!
//! Only who asks for [`OpenMode::Migrate`] creates or migrates; everybody else wants the schema as this program knows it. All pending
//! migrations are one transaction. Nodes that start together take turns by an advisory lock, since the runner takes none; the database
//! lifts it when its holder's connection ends.

use std::error::Error;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::changes::LOCK_CLASS;
use super::connection::{Dedicated, Target};
use super::rows::{Fault, Flaw};
use crate::sqlite::OpenMode;

mod embedded {
    refinery::embed_migrations!("migrations/postgres");
}

/// The oldest version that is tested, in the form of `server_version_num`.
const OLDEST: i32 = 14_00_00;

/// Held while a node migrates.
const LOCK: i32 = 2;

/// A node that waits for another one's migration does so for as long.
const WHILE_MIGRATING: &str = "SET statement_timeout = 0; SET lock_timeout = 0; \
    SET idle_in_transaction_session_timeout = 0";

/// The tables, and what this program does with them.
const RIGHTS: &str = "SELECT string_agg(one.needed || ' on ' || wanted.name, ', ')
    FROM (VALUES ('users', 'SELECT, INSERT, UPDATE, DELETE'), ('sessions', 'SELECT, INSERT, UPDATE, DELETE'),
        ('throttles', 'SELECT, INSERT, UPDATE'), ('audit_events', 'SELECT, INSERT, UPDATE, DELETE'),
        ('changes', 'SELECT, INSERT, UPDATE, DELETE'), ('sweep_turn', 'SELECT, INSERT, UPDATE'),
        ('secret_mark', 'SELECT, INSERT, UPDATE'), ('signing_keys', 'SELECT, INSERT, UPDATE'),
        ('service_credentials', 'SELECT, INSERT, DELETE'), ('one_time_tokens', 'SELECT, INSERT, UPDATE, DELETE'))
        AS wanted (name, rights),
    LATERAL unnest(string_to_array(wanted.rights, ', ')) AS one (needed)
    WHERE NOT has_table_privilege(wanted.name, one.needed)";

/// Why the store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is not one.
    #[error("the database's URL is not understood: {0}")]
    Address(#[source] tokio_postgres::Error),
    /// The connection would not be protected.
    #[error(
        "sslmode={mode} does not protect the connection: say `verify-full`, or `disable` where the network itself is trusted"
    )]
    Unprotected {
        /// What was asked for.
        mode: String,
    },
    /// The authorities that may sign the server's certificate can't be read.
    #[error("the authorities' certificates can't be read: {0}")]
    Certificates(#[source] Flaw),
    /// The database does not answer, or not in time, or its certificate is refused.
    #[error("the database is not reached: {0}")]
    Unreachable(#[source] Flaw),
    /// Role or password are wrong.
    #[error("the database refuses the role or its password: {0}")]
    Refused(#[source] Flaw),
    /// There is no such database.
    #[error("there is no such database: {0}. Create it with `createdb`")]
    Absent(#[source] Flaw),
    /// The server is too old.
    #[error("the database server is of version {found}, this program needs {} or newer", OLDEST / 10_000)]
    Version {
        /// Its version.
        found: String,
    },
    /// The server is a standby, or takes no writes.
    #[error(
        "the database server takes no writes: it is a standby, or read-only. Name the primary, or all servers"
    )]
    NotPrimary,
    /// A setting under which what was answered can be lost.
    #[error(
        "the database server runs with `{name} = {value}`: what was answered could be lost. Set it to `{needed}`"
    )]
    Unsafe {
        /// Its name.
        name: &'static str,
        /// As it is.
        value: String,
        /// As it has to be.
        needed: &'static str,
    },
    /// The role may not do what has to be done.
    #[error("the role lacks rights: {lacking}")]
    Rights {
        /// On what, or what the server says.
        lacking: String,
    },
    /// The schema is older than this program.
    #[error(
        "the database's schema is of version {found}, this program needs {needed}: run `keyturn migrate`"
    )]
    Outdated {
        /// Its version; 0 where there is none.
        found: i32,
        /// The version of this program.
        needed: i32,
    },
    /// The schema is newer than this program.
    #[error("the database's schema is of version {found}, this program knows {known}: use a newer keyturn")]
    Newer {
        /// Its version.
        found: i32,
        /// The version of this program.
        known: i32,
    },
    /// A migration failed; the database is as it was.
    #[error("migrating the database failed: {0}")]
    Migration(#[source] Box<refinery::Error>),
    /// The pool of connections can't be made.
    #[error("the pool of connections can't be made: {0}")]
    Pool(#[source] Flaw),
    /// The server refuses a statement.
    #[error("the database refuses: {0}")]
    Engine(#[source] Flaw),
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Engine(error) => Self::from_engine(error),
            Fault::Unreachable(cause) => Self::Unreachable(cause),
            Fault::Damaged { table, id, flaw } => {
                Self::Engine(format!("row {id} of table {table} is damaged: {flaw}").into())
            }
        }
    }
}

impl From<tokio_postgres::Error> for OpenError {
    fn from(error: tokio_postgres::Error) -> Self {
        Fault::Engine(error).into()
    }
}

impl OpenError {
    fn from_engine(error: tokio_postgres::Error) -> Self {
        let Some(refusal) = error.as_db_error() else {
            return if takes_no_writes(&error) {
                Self::NotPrimary
            } else {
                Self::Unreachable(whole(&error).into())
            };
        };
        let message = refusal.message().to_owned();
        let refused = [
            SqlState::INVALID_PASSWORD,
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        ];
        match refusal.code() {
            code if refused.contains(code) => Self::Refused(message.into()),
            code if *code == SqlState::INVALID_CATALOG_NAME => Self::Absent(message.into()),
            code if *code == SqlState::INSUFFICIENT_PRIVILEGE => Self::Rights { lacking: message },
            code if *code == SqlState::CANNOT_CONNECT_NOW => Self::Unreachable(message.into()),
            _ => Self::Engine(message.into()),
        }
    }
}

/// The driver says so by a kind of its own where it was told to look for a server that takes writes.
fn takes_no_writes(error: &tokio_postgres::Error) -> bool {
    let source = error
        .source()
        .and_then(<dyn Error>::downcast_ref::<std::io::Error>);
    source.is_some_and(|source| source.kind() == std::io::ErrorKind::PermissionDenied)
}

/// An error with its causes: what says why a certificate was refused is in the last one.
fn whole(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// A connection to a database whose schema is the one that this program knows, on a server that keeps what it is given.
pub(super) async fn open(target: &Target, mode: OpenMode) -> Result<Dedicated, OpenError> {
    let connection = target.connect(None).await?;
    check_server(&connection.client).await?;
    match mode {
        OpenMode::Migrate => {
            let mut migrating = target.connect(None).await?;
            migrate(&mut migrating.client).await?;
        }
        OpenMode::Existing => {
            let (found, needed) = (version(&connection.client).await?, known());
            if found < needed {
                return Err(OpenError::Outdated { found, needed });
            }
            refuse_newer(found)?;
        }
    }
    check_rights(&connection.client).await?;
    Ok(connection)
}

async fn check_server(client: &Client) -> Result<(), OpenError> {
    const SQL: &str = "SELECT current_setting('server_version_num')::int, current_setting('server_version'),
        pg_is_in_recovery(), current_setting('synchronous_commit'), current_setting('fsync'),
        current_setting('full_page_writes'), current_setting('server_encoding')";
    let row = client.query_one(SQL, &[]).await?;
    let number: i32 = row.try_get(0)?;
    if number < OLDEST {
        return Err(OpenError::Version {
            found: row.try_get(1)?,
        });
    }
    if row.try_get(2)? {
        return Err(OpenError::NotPrimary);
    }
    let settings = [
        (3, "synchronous_commit", "on"),
        (4, "fsync", "on"),
        (6, "server_encoding", "UTF8"),
    ];
    for (column, name, needed) in settings {
        let value: String = row.try_get(column)?;
        if value == "off" || (name == "server_encoding" && value != needed) {
            return Err(OpenError::Unsafe { name, value, needed });
        }
    }
    let torn_pages: String = row.try_get(5)?;
    if torn_pages == "off" {
        tracing::warn!(
            "the database runs with `full_page_writes = off`: safe only on storage that never tears a page"
        );
    }
    Ok(())
}

async fn check_rights(client: &Client) -> Result<(), OpenError> {
    let lacking: Option<String> = client.query_one(RIGHTS, &[]).await?.try_get(0)?;
    lacking.map_or(Ok(()), |lacking| Err(OpenError::Rights { lacking }))
}

/// On a connection of its own, which ends with it, and with it the lock.
async fn migrate(client: &mut Client) -> Result<(), OpenError> {
    client.batch_execute(WHILE_MIGRATING).await?;
    let lock = "SELECT pg_advisory_lock($1, $2)";
    client.execute(lock, &[&LOCK_CLASS, &LOCK]).await?;
    let found = version(client).await?;
    refuse_newer(found)?;
    if found == known() {
        return Ok(());
    }
    let runner = embedded::migrations::runner().set_grouped(true);
    runner.run_async(client).await.map_err(migration_failed)?;
    Ok(())
}

fn migration_failed(error: refinery::Error) -> OpenError {
    let mut source = Error::source(&error);
    while let Some(cause) = source {
        if let Some(engine) = cause.downcast_ref::<tokio_postgres::Error>()
            && engine.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE)
        {
            let said = engine.as_db_error().map(|refusal| refusal.message().to_owned());
            return OpenError::Rights {
                lacking: said.unwrap_or_else(|| engine.to_string()),
            };
        }
        source = cause.source();
    }
    OpenError::Migration(Box::new(error))
}

fn refuse_newer(found: i32) -> Result<(), OpenError> {
    let known = known();
    if found > known {
        Err(OpenError::Newer { found, known })
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

/// The newest migration of the database; 0 where there was none.
async fn version(client: &Client) -> Result<i32, OpenError> {
    let ledger = "SELECT to_regclass('refinery_schema_history') IS NOT NULL";
    if !client.query_one(ledger, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let newest = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    Ok(client.query_one(newest, &[]).await?.try_get(0)?)
}
