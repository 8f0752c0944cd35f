//! Which history changes belong to: what a listener is told when it begins, and when another one took its place.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use jiff::Timestamp;
use keyturn_core::model::Change;
use keyturn_core::ports::ChangeListener;
use keyturn_store::{Restore, SqliteStore, backup, restore};
use keyturn_testkit::fixtures::World;

use crate::postgres;
use crate::two_processes::PATIENCE;
use crate::{Place, block_on};

/// Hears which histories begin, and behind which sequence.
struct Annalist(Sender<(String, i64)>);

impl ChangeListener for Annalist {
    fn begins(&self, history: &str, newest: i64) {
        drop(self.0.send((history.to_owned(), newest)));
    }

    fn changed(&self, _change: &Change) {}

    fn looking(&self) -> Timestamp {
        Timestamp::MIN
    }

    fn caught_up(&self, _since: Timestamp) {}
}

fn annalist() -> (Arc<Annalist>, Receiver<(String, i64)>) {
    let (sender, heard) = channel();
    (Arc::new(Annalist(sender)), heard)
}

/// What is told at the opening of this file.
fn opened(path: &Path) -> (String, i64) {
    let (listener, heard) = annalist();
    let mode = keyturn_store::OpenMode::Existing;
    let _store = SqliteStore::open(path, mode, Some(listener)).unwrap();
    heard.try_recv().unwrap()
}

#[test]
fn a_file_has_a_history_and_a_restored_copy_another() {
    let (place, other) = (Place::new(), Place::new());
    let world = World::new(11);
    let store = place.open();
    block_on(world.sign_up(&store, "ann"));
    drop(store);
    drop(other.open());
    let (history, newest) = opened(&place.path());
    assert_eq!(newest, 1);
    assert_eq!(
        opened(&place.path()),
        (history.clone(), 1),
        "the same the next time"
    );
    assert_ne!(opened(&other.path()).0, history, "another file");

    let copy = place.path().with_file_name("copy.db");
    backup(&place.path(), &copy).unwrap();
    let how = Restore {
        replace: true,
        keep_sessions: false,
        epoch: 7,
        now: world.now(),
    };
    restore(&copy, &place.path(), how).unwrap();
    assert_ne!(opened(&place.path()).0, history, "sequences are given again");
}

/// Another table of changes takes the place of the one there was.
const REPLACE: &str = "ALTER TABLE changes RENAME TO changes_before;
    CREATE TABLE changes (LIKE changes_before INCLUDING ALL)";

const CUT_OFF: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// After these statements a node is told of another history.
async fn is_noticed(statements: &[&str]) {
    let place = postgres::Place::new().await;
    let (listener, heard) = annalist();
    let node = place.open_with(listener).await;
    let (history, newest) = heard.try_recv().unwrap();
    assert_eq!((history.as_str(), newest), (node.changes_epoch(), 0));
    let raw = place.raw().await;
    for statement in statements {
        raw.batch_execute(statement).await.unwrap();
    }
    let told = tokio::task::spawn_blocking(move || heard.recv_timeout(PATIENCE).unwrap());
    let (after, newest) = told.await.unwrap();
    assert_ne!(after, history);
    assert_eq!(newest, 0);
}

#[test]
fn a_node_notices_that_the_server_has_another_history() {
    block_on(is_noticed(&[REPLACE, CUT_OFF]));
}

/// As a restore in one transaction does it, beside nodes that run.
#[test]
fn a_node_notices_another_history_over_a_connection_that_lasts() {
    block_on(is_noticed(&[REPLACE]));
}
