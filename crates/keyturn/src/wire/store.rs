//! The store that is configured, the clock that goes with it, and the secret that its nodes share.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use keyturn_core::credential::Keys;
use keyturn_core::ports::{ChangeListener, Clock, KeepSecretMark, Replaces, Store};
use keyturn_store::{ClockOffset, OpenMode, PostgresOptions, PostgresStore, SqliteStore, WriterMetrics};

use crate::adapters::clock::SystemClock;
use crate::adapters::database_clock::{DatabaseClock, Measured};
use crate::config::{Config, StoreConfig, StoreUrl};
use crate::failure::Failure;
use crate::secrets;

const DATABASE: &str = "keyturn.db";

/// The time that everything is judged by. It is made before the store that it may follow.
pub(crate) struct Clocks {
    pub(crate) time: Arc<dyn Clock>,
    /// Where the time is the database's.
    database: Option<Arc<DatabaseClock>>,
}

impl Clocks {
    /// The system's clock for the embedded store, the database's for one that nodes share.
    pub(crate) fn of(store: &StoreConfig) -> Self {
        if store.url == StoreUrl::Sqlite {
            return Self::only(Arc::new(SystemClock));
        }
        let database = Arc::new(DatabaseClock::default());
        Self {
            time: database.clone(),
            database: Some(database),
        }
    }

    /// This clock, whatever the store.
    pub(crate) fn only(time: Arc<dyn Clock>) -> Self {
        Self { time, database: None }
    }
}

/// The database file of the embedded store.
pub(crate) fn embedded_path(config: &Config) -> PathBuf {
    config.data_dir.join(DATABASE)
}

/// The database as operators know it, without its password.
pub(crate) fn name(config: &Config) -> String {
    match &config.store.url {
        StoreUrl::Sqlite => embedded_path(config).display().to_string(),
        url @ StoreUrl::Postgres(_) => url.to_string(),
    }
}

/// Who hears of what a store does: nobody, beside a server.
#[derive(Default)]
pub(crate) struct Hearers {
    /// Of changes.
    pub(crate) listener: Option<Arc<dyn ChangeListener>>,
    /// Of what its writer does.
    pub(crate) writer: WriterMetrics,
}

/// Opens the store.
pub(crate) async fn open(
    config: &Config,
    mode: OpenMode,
    hearers: Hearers,
    clocks: &Clocks,
) -> Result<Arc<dyn Store>, Failure> {
    match config.store.url.expose() {
        None => open_embedded(config, mode, hearers),
        Some(url) => open_shared(config, url, mode, hearers, clocks).await,
    }
}

fn open_embedded(config: &Config, mode: OpenMode, hearers: Hearers) -> Result<Arc<dyn Store>, Failure> {
    let path = embedded_path(config);
    if mode == OpenMode::Migrate {
        secrets::prepare_data_dir(config)?;
    } else if !path.exists() {
        let hint = "run `keyturn migrate` or `keyturn serve` first, or name the folder with --data-dir";
        return Err(Failure::Unavailable(format!(
            "there is no database at {}: {hint}",
            path.display()
        )));
    }
    let store = SqliteStore::open_measured(&path, mode, hearers.listener, hearers.writer)
        .map_err(|error| Failure::Unavailable(format!("{}: {error}", path.display())))?;
    Ok(Arc::new(store))
}

async fn open_shared(
    config: &Config,
    url: &str,
    mode: OpenMode,
    hearers: Hearers,
    clocks: &Clocks,
) -> Result<Arc<dyn Store>, Failure> {
    let options = PostgresOptions {
        pool_size: config.store.pool_size,
        connect_timeout: config.store.connect_timeout.to_std(),
        statement_timeout: config.store.statement_timeout.to_std(),
        max_staleness: config.revocation.max_staleness.to_std(),
        clock: Some(Arc::new(SystemClock)),
        metrics: hearers.writer,
        ..PostgresOptions::new(url)
    };
    let opened = PostgresStore::open(options, mode, hearers.listener).await;
    let store = opened.map_err(|error| Failure::Unavailable(format!("{}: {error}", config.store.url)))?;
    let store = Arc::new(store);
    if let Some(clock) = &clocks.database {
        let asked = Arc::downgrade(&store);
        clock.follow(move || asked.upgrade()?.clock_offset().map(measured));
    }
    Ok(store)
}

fn measured(found: ClockOffset) -> Measured {
    Measured {
        offset: found.offset,
        system: found.at,
        age: found.age(),
    }
}

/// Sees to it that all nodes of a store have one secret.
///
/// # Errors
/// They have another. In the embedded store, which has one process, the secret in the folder is right whatever was there before.
pub(crate) async fn agree_on_secret(
    config: &Config,
    store: &dyn Store,
    keys: &Keys,
    now: Timestamp,
) -> Result<(), Failure> {
    let mark = keys.mark();
    let replaces = keys.previous_mark().map_or(Replaces::Nothing, Replaces::Previous);
    if store
        .keep_secret_mark(KeepSecretMark { mark, replaces }, now)
        .await?
    {
        return Ok(());
    }
    if config.store.url != StoreUrl::Sqlite {
        return Err(Failure::Config(format!(
            "master_secret is not the one of the other nodes over {}: give this node theirs. To change it, set master_secret to the new \
             one and previous_master_secret to theirs. If theirs is lost, `keyturn secret adopt` makes this one theirs, and everybody \
             signs in again",
            config.store.url
        )));
    }
    tracing::warn!("the master secret is another than before: whoever was signed in signs in again");
    adopt_secret(store, keys, now).await
}

/// Makes this secret the one of the store, whatever it was.
pub(crate) async fn adopt_secret(store: &dyn Store, keys: &Keys, now: Timestamp) -> Result<(), Failure> {
    let keep = KeepSecretMark {
        mark: keys.mark(),
        replaces: Replaces::Anything,
    };
    store.keep_secret_mark(keep, now).await?;
    Ok(())
}
