//! The stores beside the reference: random operations ([`operation`]), decided by the real rules, must give the same answers
//! and leave the same rows.

/// Gives the same call to both and compares the answers.
macro_rules! both {
    ($pair:expr, $method:ident($($value:expr),*)) => {{
        let reference = $pair.reference.$method($($value),*).await.unwrap();
        let embedded = $pair.tried.$method($($value),*).await.unwrap();
        assert_eq!(embedded, reference);
        reference
    }};
}

mod effect;
mod operation;
mod refresh;

use std::sync::Arc;

use jiff::SignedDuration;
use keyturn_core::model::{Account, AccountState, Change, SessionId, User, UserId};
use keyturn_core::ports::{Family, Page, SessionFilter, SignInName, Store, UserFilter, UserStore};
use keyturn_core::throttle::{Hit, ThrottlePolicy};
use keyturn_testkit::fixtures::World;
use keyturn_testkit::mem_store::MemStore;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use self::operation::{Operation, operation};
use crate::{Place, block_on, postgres};

fn config() -> ProptestConfig {
    let soak = std::env::var_os("KEYTURN_SOAK").is_some();
    ProptestConfig {
        cases: if soak { 5000 } else { 200 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_stores_agree(operations in prop::collection::vec(operation(), 1..60)) {
        block_on(async {
            let place = Place::new();
            agree(Arc::new(place.open()), operations).await;
        });
    }
}

/// On one database, emptied before each case. Every commit waits for the disk there, so that cases are fewer.
#[test]
fn the_stores_agree_on_postgres() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (place, store) = runtime.block_on(async {
        let place = postgres::Place::new().await;
        let store: Arc<dyn Store> = Arc::new(place.open().await);
        (place, store)
    });
    let config = ProptestConfig {
        cases: config().cases / 5,
        ..config()
    };
    let operations = prop::collection::vec(operation(), 1..60);
    let agreed = TestRunner::new(config).run(&operations, |operations| {
        runtime.block_on(async {
            let empty = "TRUNCATE users, sessions, one_time_tokens, throttles, audit_events, changes RESTART IDENTITY";
            place.raw().await.batch_execute(empty).await.unwrap();
            agree(Arc::clone(&store), operations).await;
        });
        Ok(())
    });
    agreed.unwrap();
    runtime.block_on(async { drop((store, place)) });
}

async fn agree(tried: Arc<dyn Store>, operations: Vec<Operation>) {
    let mut pair = Pair::new(tried).await;
    for operation in operations {
        pair.carry_out(&operation).await;
    }
    pair.compare().await;
}

/// Both stores, and what happened so far.
struct Pair {
    world: World,
    reference: MemStore,
    tried: Arc<dyn Store>,
    accounts: Vec<UserId>,
    sessions: Vec<SessionId>,
    /// What somebody read of a session before the latest refresh of it.
    read_before: Vec<Family>,
}

impl Pair {
    async fn new(tried: Arc<dyn Store>) -> Self {
        let mut pair = Self {
            world: World::new(21),
            reference: MemStore::new(),
            tried,
            accounts: Vec::new(),
            sessions: Vec::new(),
            read_before: Vec::new(),
        };
        for (index, state) in [AccountState::Active, AccountState::Active, AccountState::Pending]
            .into_iter()
            .enumerate()
        {
            let now = pair.world.now();
            let make = |world: &World| {
                let mut new = world.new_user(&format!("user{index}"));
                new.state = state;
                new
            };
            // Two worlds of one seed make the same account twice.
            let (one, other) = (World::new(100), World::new(100));
            one.clock
                .set(now + SignedDuration::from_secs(i64::try_from(index).unwrap()));
            other.clock.set(one.now());
            let new = make(&one);
            pair.accounts.push(new.id);
            let reference = pair.reference.create_user(new, now).await.unwrap();
            let embedded = pair.tried.create_user(make(&other), now).await.unwrap();
            assert_eq!(embedded, reference);
        }
        pair
    }

    fn id(&self, account: usize) -> UserId {
        *self.accounts.get(account).unwrap()
    }

    async fn account(&self, index: usize) -> Account {
        self.user(index).await.account
    }

    async fn user(&self, index: usize) -> User {
        self.reference.find_user(self.id(index)).await.unwrap().unwrap()
    }

    fn session(&self, index: usize) -> Option<SessionId> {
        self.sessions.get(index % self.sessions.len().max(1)).copied()
    }

    fn account_lane(&self, account: usize) -> Hit {
        let name = SignInName::UsernameKey(format!("account{account}"));
        Hit::account(&self.world.keys, &ThrottlePolicy::default(), Some(&name))
    }

    /// Every row of both.
    async fn compare(&self) {
        let embedded = rows(&*self.tried, &self.sessions).await;
        assert_eq!(embedded, rows(&self.reference, &self.sessions).await);
    }
}

#[derive(Debug, PartialEq)]
struct Rows {
    users: Vec<User>,
    families: Vec<Family>,
    changes: Vec<Change>,
    audits: Vec<Vec<keyturn_core::model::AuditEvent>>,
}

async fn rows(store: &dyn Store, sessions: &[SessionId]) -> Rows {
    let mut audits = Vec::new();
    for id in sessions {
        audits.push(store.session_audit(*id, u32::MAX).await.unwrap());
    }
    Rows {
        users: store
            .list_users(
                &UserFilter::default(),
                Page {
                    before: None,
                    limit: u32::MAX,
                },
            )
            .await
            .unwrap(),
        families: store
            .list_sessions(
                None,
                SessionFilter::All,
                Page {
                    before: None,
                    limit: u32::MAX,
                },
            )
            .await
            .unwrap(),
        changes: store.changes_after(0, u32::MAX).await.unwrap(),
        audits,
    }
}
