//! Several nodes over one database: what each hears of the others, and what it does when the database goes away.

use futures::future::join_all;
use jiff::SignedDuration;
use keyturn_core::model::{ChangeKind, Delivery, EndReason};
use keyturn_core::ports::{Effect, SessionStore, StoreError, StoreHealth};
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::fixtures::World;
use std::sync::Arc;

use super::Place;
use super::isolation::hear;
use crate::block_on;
use crate::two_processes::ear;

#[test]
fn a_node_hears_its_own_changes_before_their_answers_and_others_soon() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(11));
        let (listener, heard) = ear();
        let other = place.open().await;
        let ann = world.sign_up(&other, "ann").await.account;
        let node = place.open_with(listener).await;
        let own = world.sign_in(&node, &ann, Delivery::Body).await;
        let foreign = world.sign_in(&node, &ann, Delivery::Body).await;
        let end = world.ending(&own, EndReason::SignedOut);
        node.end_session(end, world.now()).await.unwrap();
        let ended = heard.try_recv().expect("told before the answer");
        assert_eq!((ended.kind, ended.id), (ChangeKind::SessionEnded, own.id.0));
        let end = world.ending(&foreign, EndReason::Admin);
        other.end_session(end, world.now()).await.unwrap();
        let told = hear(heard, 1).await;
        assert_eq!(told.first().map(|change| change.id), Some(foreign.id.0));
    });
}

#[test]
fn under_mixed_writes_each_node_hears_everything_exactly_once_in_order() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(12));
        let ((one_ear, one_heard), (two_ear, two_heard)) = (ear(), ear());
        let (one, two) = (place.open_with(one_ear).await, place.open_with(two_ear).await);
        let mut created = Vec::new();
        for round in 0..5 {
            let names = |side: &str| {
                (0..8)
                    .map(|index| format!("{side}-{round}-{index}"))
                    .collect::<Vec<_>>()
            };
            let (one_names, two_names) = (names("one"), names("two"));
            let (by_one, by_two) = futures::join!(
                join_all(one_names.iter().map(|name| world.sign_up(&one, name))),
                join_all(two_names.iter().map(|name| world.sign_up(&two, name)))
            );
            created.extend(by_one.into_iter().chain(by_two).map(|user| user.account.id.0));
        }
        created.sort();
        for heard in [one_heard, two_heard] {
            let told = hear(heard, created.len()).await;
            assert!(told.is_sorted_by(|before, after| before.seq < after.seq));
            let mut ids: Vec<_> = told.iter().map(|change| change.id).collect();
            ids.sort();
            assert_eq!(ids, created);
        }
    });
}

/// Ends every connection of the stores, as a restart of the server does.
async fn cut(place: &Place) {
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'keyturn'";
    place.raw().await.execute(cut, &[]).await.unwrap();
}

#[test]
fn a_node_whose_connections_are_cut_makes_them_again() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(15));
        let (listener, heard) = ear();
        let node = place.open_with(listener).await;
        let ann = world.sign_up(&node, "ann").await.account;
        let session = world.sign_in(&node, &ann, Delivery::Body).await;
        cut(&place).await;
        assert!(
            node.find_session(session.id).await.unwrap().is_some(),
            "a read is tried again"
        );
        // A rotation is refused while there is no connection, and nobody knows of one that was sent over it before it was found cut.
        let rotated = loop {
            match node.rotate(world.rotation(&session), world.now()).await {
                Ok(Effect::Won(rotated)) => break rotated,
                Err(StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_)) => {
                    tokio::task::yield_now().await
                }
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(rotated.head.generation, 1);
        node.check().await.unwrap();
        let other = place.open().await;
        let end = world.ending(&session, EndReason::Admin);
        other.end_session(end, world.now()).await.unwrap();
        let told = hear(heard, 2).await;
        assert_eq!(
            told.last().map(|change| change.kind),
            Some(ChangeKind::SessionEnded)
        );
    });
}

#[test]
fn i9_a_commit_that_is_cut_off_has_an_unknown_outcome() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(16));
        let node = place.open().await;
        let ann = world.sign_up(&node, "ann").await.account;
        let session = world.sign_in(&node, &ann, Delivery::Body).await;
        // Every commit that changed a session now waits for a lock that the test holds.
        let raw = place.raw().await;
        let slow = "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER wait AFTER UPDATE ON sessions DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION wait()";
        raw.batch_execute(slow).await.unwrap();
        let end = world.ending(
            &world.sign_in(&node, &ann, Delivery::Body).await,
            EndReason::Admin,
        );
        raw.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(1)")
            .await
            .unwrap();
        let cut_off = async {
            let waiting = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                AND now() - query_start > interval '100 milliseconds'";
            let watch = place.raw().await;
            while watch.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) < 2 {}
            cut(&place).await;
        };
        let (rotated, ended, ()) = futures::join!(
            node.rotate(world.rotation(&session), world.now()),
            node.end_session(end, world.now()),
            cut_off
        );
        assert!(
            matches!(rotated, Err(StoreError::OutcomeUnknown(_))),
            "{rotated:?}"
        );
        assert!(matches!(ended, Err(StoreError::OutcomeUnknown(_))), "{ended:?}");
    });
}

#[test]
fn the_offset_to_the_databases_clock_is_measured() {
    block_on(async {
        let place = Place::new().await;
        let clock = ManualClock::new();
        let mut options = place.options();
        options.clock = Some(Arc::new(ManualClock::new()));
        let opened =
            keyturn_store::PostgresStore::open(options, keyturn_store::OpenMode::Existing, None).await;
        let node = opened.unwrap();
        let measured = node.clock_offset().unwrap();
        let now: jiff::Timestamp = {
            let raw = place.raw().await;
            let row = raw.query_one("SELECT clock_timestamp()", &[]).await.unwrap();
            row.get(0)
        };
        use keyturn_core::ports::Clock;
        let expected = now.duration_since(clock.now());
        assert!(
            (expected - measured.offset).abs() < SignedDuration::from_mins(1),
            "{measured:?}"
        );
        assert!(
            place.open().await.clock_offset().is_none(),
            "nobody gave it a clock"
        );
    });
}

#[test]
fn a_history_of_changes_has_a_name_of_its_own() {
    block_on(async {
        let (place, other) = (Place::new().await, Place::new().await);
        let one = place.open().await;
        assert_eq!(one.changes_epoch(), place.open().await.changes_epoch());
        assert_ne!(one.changes_epoch(), other.open().await.changes_epoch());
    });
}

#[test]
fn a_closed_store_has_carried_out_what_had_queued() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(14));
        let store = place.open().await;
        let ann = world.sign_up(&store, "ann").await.account;
        let mut sessions = Vec::new();
        for _ in 0..32 {
            sessions.push(world.sign_in(&store, &ann, Delivery::Body).await);
        }
        for session in &sessions {
            let mut asking = store.rotate(world.rotation(session), world.now());
            assert!(futures::poll!(&mut asking).is_pending());
        }
        store.close().await;
        let store = place.open().await;
        for session in &sessions {
            let found = store.find_session(session.id).await.unwrap().unwrap();
            assert_eq!(found.session.head.generation, 1);
        }
    });
}
