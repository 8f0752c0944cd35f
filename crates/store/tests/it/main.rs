//! The stores: the suite that all of them pass, and what only an embedded file, or only a server, can suffer.
//!
//! A test makes a [`Place`]: a folder of its own with a database in it, gone when the test is over.
#![expect(
    clippy::unwrap_used,
    reason = "a test that fails by panicking is doing its work"
)]

mod conditions;
mod damaged;
mod dump;
mod full_disk;
mod histories;
mod opening;
mod postgres;
mod side_by_side;
mod size;
mod two_processes;

use std::path::PathBuf;
use std::sync::Arc;

use keyturn_core::ports::ChangeListener;
use keyturn_store::{OpenMode, SqliteStore};
use tempfile::TempDir;

/// A folder with a database.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("keyturn.db")
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path(), OpenMode::Migrate, None).unwrap()
    }

    fn open_with(&self, listener: Arc<dyn ChangeListener>) -> SqliteStore {
        SqliteStore::open(&self.path(), OpenMode::Migrate, Some(listener)).unwrap()
    }

    /// A connection beside the store, to look and to do damage.
    fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

mod sqlite {
    use super::{Place, block_on};
    use keyturn_testkit::suite::Subject;

    async fn make() -> Subject {
        let place = Place::new();
        Subject::new(place.open(), place)
    }

    keyturn_testkit::store_suite!(make, block_on);
}

/// Two stores on one file, each with its thread, called in turn: what one has answered the other one sees.
mod sqlite_from_two_sides {
    use super::two_processes::Alternating;
    use super::{Place, block_on};
    use keyturn_testkit::suite::Subject;

    async fn make() -> Subject {
        let place = Place::new();
        Subject::new(Alternating::new(place.open(), place.open()), place)
    }

    keyturn_testkit::store_suite!(make, block_on);
}
