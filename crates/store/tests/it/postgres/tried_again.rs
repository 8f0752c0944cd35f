//! What the engine makes a transaction fail for, for another one's sake: a deadlock (40P01), and an update that a transaction's
//! snapshot does not allow (40001). Both are forced here with real connections, and whoever asked notices neither.

use keyturn_core::model::{Account, Delivery, EndReason, SessionId};
use keyturn_core::ports::{Effect, EndAllSessions, SessionStore};
use keyturn_store::PostgresStore;
use keyturn_testkit::fixtures::{World, request_origin};
use tokio_postgres::Client;

use super::Place;
use crate::block_on;

/// Waits until so many connections wait for a lock.
async fn until_blocked(watch: &Client, count: i64) {
    const SQL: &str = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while watch.query_one(SQL, &[]).await.unwrap().get::<_, i64>(0) < count {}
}

async fn begin(client: &Client, sql: &str) {
    client.batch_execute(&format!("BEGIN; {sql}")).await.unwrap();
}

fn sign_out_everywhere(account: &Account) -> EndAllSessions {
    EndAllSessions {
        user_id: account.id,
        keep: None,
        reason: EndReason::SignedOutElsewhere,
        origin: request_origin(),
    }
}

async fn lock(client: &Client, id: SessionId) {
    begin(
        client,
        &format!("SELECT 1 FROM sessions WHERE id = '{id}' FOR UPDATE"),
    )
    .await;
}

async fn ends(store: &PostgresStore, ids: &[SessionId]) -> Vec<Option<EndReason>> {
    let mut ends = Vec::new();
    for id in ids {
        let family = store.find_session(*id).await.unwrap().unwrap();
        ends.push(family.session.ended.map(|end| end.reason));
    }
    ends
}

/// The store locks account and sessions in one order; somebody else, by hand, locks the last of them first.
#[test]
fn the_victim_of_a_deadlock_is_run_again() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(71));
        let store = place.open().await;
        let ann = world.sign_up(&store, "ann").await.account;
        let mut ids = Vec::new();
        for _ in 0..2 {
            ids.push(world.sign_in(&store, &ann, Delivery::Body).await.id);
        }
        ids.sort_unstable();
        let [first, last] = ids.as_slice() else {
            unreachable!("two sessions")
        };
        let (gate, other, watch) = (place.raw().await, place.raw().await, place.raw().await);
        lock(&gate, *first).await;
        // It never looks for a deadlock itself, so that the store's transaction is the one that finds it, and fails.
        other.batch_execute("SET deadlock_timeout = '1h'").await.unwrap();
        lock(&other, *last).await;

        let ending = store.end_all_sessions(sign_out_everywhere(&ann), world.now());
        let others = async {
            until_blocked(&watch, 1).await;
            let takes_account = format!("UPDATE users SET updated_at = updated_at WHERE id = '{}'", ann.id);
            let crossing = async {
                // It gets the account's row only because the store's transaction, which had it, is rolled back: that one waits
                // for the session that is locked here.
                assert_eq!(other.execute(&takes_account, &[]).await.unwrap(), 1);
                assert_eq!(ends(&store, &ids).await, [None, None], "all of it was undone");
                other.batch_execute("COMMIT").await.unwrap();
            };
            let letting_go = async {
                until_blocked(&watch, 2).await;
                gate.batch_execute("COMMIT").await.unwrap();
            };
            futures::join!(crossing, letting_go);
        };
        let (ended, ()) = futures::join!(ending, others);
        assert_eq!(ended.unwrap(), Effect::Won(2));
        assert_eq!(ends(&store, &ids).await, [Some(EndReason::SignedOutElsewhere); 2]);
    });
}

/// A database may be set to a stricter isolation than the store needs: then what it waited for may be newer than its snapshot.
#[test]
fn a_transaction_whose_snapshot_was_overtaken_is_run_again() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(72));
        let held = place.raw().await;
        let stricter = "DO $$ BEGIN EXECUTE format(
            'ALTER DATABASE %I SET default_transaction_isolation = ''repeatable read''', current_database()); END $$";
        held.batch_execute(stricter).await.unwrap();
        let (store, watch) = (place.open().await, place.raw().await);
        let ann = world.sign_up(&store, "ann").await.account;
        let id = world.sign_in(&store, &ann, Delivery::Body).await.id;
        begin(
            &held,
            &format!("UPDATE users SET name = 'Ann' WHERE id = '{}'", ann.id),
        )
        .await;

        let ending = store.end_all_sessions(sign_out_everywhere(&ann), world.now());
        let overtaking = async {
            until_blocked(&watch, 1).await;
            held.batch_execute("COMMIT").await.unwrap();
        };
        let (ended, ()) = futures::join!(ending, overtaking);
        assert_eq!(ended.unwrap(), Effect::Won(1));
        assert_eq!(ends(&store, &[id]).await, [Some(EndReason::SignedOutElsewhere)]);
        let refused = refused_alone(&watch, &held, &ann).await;
        assert_eq!(refused.as_deref(), Some("40001"), "the same by hand is refused");
    });
}

/// What the engine says to the same order of statements without a store that tries again.
async fn refused_alone(one: &Client, two: &Client, account: &Account) -> Option<String> {
    let update = format!(
        "UPDATE users SET updated_at = updated_at WHERE id = '{}'",
        account.id
    );
    begin(
        one,
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM users",
    )
    .await;
    two.execute(&update, &[]).await.unwrap();
    let refused = one.execute(&update, &[]).await.unwrap_err();
    one.batch_execute("ROLLBACK").await.unwrap();
    refused.code().map(|code| code.code().to_owned())
}
