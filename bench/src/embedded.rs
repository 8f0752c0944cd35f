//! The embedded store, as the server uses it: so many requesters at once, each waiting for its answer before it asks again.

use futures::future::join_all;
use keyturn_core::model::{Delivery, Session, SessionId};
use keyturn_core::ports::{Effect, SessionStore};
use keyturn_store::{OpenMode, SqliteStore};
use keyturn_testkit::fixtures::World;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::SESSIONS;

/// A store with sessions.
#[derive(Debug)]
pub struct Embedded {
    store: SqliteStore,
    world: World,
    sessions: Vec<Session>,
    runtime: Runtime,
    _folder: TempDir,
}

impl Embedded {
    /// A new store in the temporary folder.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("keyturn.db"), OpenMode::Migrate, None).unwrap();
        let world = World::new(1);
        let runtime = Builder::new_current_thread().build().unwrap();
        let sessions = runtime.block_on(async {
            let account = world.sign_up(&store, "ann").await.account;
            join_all((0..SESSIONS).map(|_| world.sign_in(&store, &account, Delivery::Cookie))).await
        });
        Self {
            store,
            world,
            sessions,
            runtime,
            _folder: folder,
        }
    }

    /// `requesters` at once, each rotating a session of its own `times` times.
    pub fn rotate(&mut self, requesters: usize, times: usize) {
        let (store, world) = (&self.store, &self.world);
        let chosen = self.sessions.iter_mut().step_by(SESSIONS / requesters);
        let refreshing = chosen.map(|session| async move {
            for _ in 0..times {
                let Effect::Won(rotated) = store.rotate(world.rotation(session), world.now()).await.unwrap()
                else {
                    unreachable!("nobody else refreshes this session")
                };
                *session = session.clone().advanced(rotated);
            }
        });
        self.runtime.block_on(join_all(refreshing));
    }

    /// Reads one session with its account, by its id.
    pub fn find(&self) -> Session {
        let id: SessionId = self.sessions.first().unwrap().id;
        self.runtime
            .block_on(self.store.find_session(id))
            .unwrap()
            .unwrap()
            .session
    }
}

impl Default for Embedded {
    fn default() -> Self {
        Self::new()
    }
}
