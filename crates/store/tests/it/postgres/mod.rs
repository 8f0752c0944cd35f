//! The same store behaviour on PostgreSQL, and what only a server and several nodes can suffer.
//!
//! A test makes a [`Place`]: a database of its own in the cluster that `scripts/with-postgres` started, gone when the test is over.

mod conditions;
mod damaged;
mod dump;
mod isolation;
mod isolation_of_accounts;
mod isolation_of_sweeps;
mod nodes;
mod one_go;
mod opening;
mod size;
mod tried_again;

use std::sync::Arc;

use keyturn_core::ports::ChangeListener;
use keyturn_store::{OpenMode, PostgresOptions, PostgresStore};
use keyturn_testkit::postgres::Database;
use keyturn_testkit::suite::Subject;
use tokio_postgres::Client;

use crate::block_on;
use crate::two_processes::{Alternating, PATIENCE};

/// A database with our schema.
pub(crate) struct Place(Database);

impl Place {
    pub(crate) async fn new() -> Self {
        Self(Database::create("keyturn_store_template", migrate).await)
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        patient(self.0.url())
    }

    pub(crate) fn url(&self) -> &str {
        self.0.url()
    }

    pub(crate) async fn open(&self) -> PostgresStore {
        let opened = PostgresStore::open(self.options(), OpenMode::Existing, None).await;
        opened.unwrap()
    }

    pub(crate) async fn open_with(&self, listener: Arc<dyn ChangeListener>) -> PostgresStore {
        let opened = PostgresStore::open(self.options(), OpenMode::Existing, Some(listener)).await;
        opened.unwrap()
    }

    /// A connection beside the store, to look, to hold and to do damage.
    pub(crate) async fn raw(&self) -> Client {
        self.0.connect().await
    }
}

/// With limits that no busy machine reaches: here statements stand in line on purpose, and a server's own limits would end their wait.
fn patient(url: &str) -> PostgresOptions {
    PostgresOptions {
        connect_timeout: PATIENCE,
        statement_timeout: PATIENCE,
        lock_timeout: PATIENCE,
        idle_in_transaction_timeout: PATIENCE,
        ..PostgresOptions::new(url)
    }
}

async fn migrate(url: String) {
    let store = PostgresStore::open(patient(&url), OpenMode::Migrate, None).await;
    store.unwrap().close().await;
}

mod one_store {
    use super::*;

    async fn make() -> Subject {
        let place = Place::new().await;
        Subject::new(place.open().await, place)
    }

    keyturn_testkit::store_suite!(make, block_on);
}

/// Two nodes over one database, called in turn: what one has answered the other one sees.
mod from_two_nodes {
    use super::*;

    async fn make() -> Subject {
        let place = Place::new().await;
        let nodes = Alternating::new(place.open().await, place.open().await);
        Subject::new(nodes, place)
    }

    keyturn_testkit::store_suite!(make, block_on);
}
