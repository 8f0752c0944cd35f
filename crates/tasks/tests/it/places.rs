//! Where stores are: a file in a folder, a database, or memory; gone when the test is over.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, Pool, Runtime};
use keyturn_tasks::{PostgresTasks, SqliteTasks, Store};
use keyturn_testkit::postgres::Database;
use tempfile::TempDir;
use tokio_postgres::{Config, NoTls};

use crate::memory::MemoryTasks;

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A store, and what goes with it.
pub(crate) struct Place {
    pub(crate) store: Arc<dyn Store>,
    _kept: Kept,
}

#[expect(dead_code, reason = "kept for as long as the store")]
enum Kept {
    Nothing,
    Folder(TempDir),
    Database(Database),
}

/// The readable reference.
pub(crate) async fn memory() -> Place {
    Place {
        store: Arc::new(MemoryTasks::default()),
        _kept: Kept::Nothing,
    }
}

pub(crate) async fn sqlite() -> Place {
    let folder = tempfile::tempdir().unwrap();
    Place {
        store: Arc::new(SqliteTasks::open(&folder.path().join("tasks.db")).unwrap()),
        _kept: Kept::Folder(folder),
    }
}

pub(crate) async fn postgres() -> Place {
    let migrate = |url: String| async move {
        open(&url).await;
    };
    let database = Database::create("tasks_template_1", migrate).await;
    Place {
        store: Arc::new(open(database.url()).await),
        _kept: Kept::Database(database),
    }
}

pub(crate) async fn open(url: &str) -> PostgresTasks {
    PostgresTasks::open(pool(url), PATIENCE).await.unwrap()
}

pub(crate) fn pool(url: &str) -> Pool {
    let config: Config = url.parse().unwrap();
    Pool::builder(Manager::new(config, NoTls))
        .max_size(8)
        .runtime(Runtime::Tokio1)
        .build()
        .unwrap()
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
