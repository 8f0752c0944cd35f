//! Conditions that no sequence of this store's own effects can break, because each effect keeps them: held all the same, for
//! what a restored backup or another hand may leave behind. And the commit's time, which only a batch shows.

use futures::future::join_all;
use jiff::SignedDuration;
use keyturn_core::model::Delivery;
use keyturn_core::ports::{Effect, HandAgain, NoteActivity, SessionStore};
use keyturn_testkit::fixtures::World;

use super::Place;
use crate::block_on;

#[test]
fn r1_3_a_live_session_is_of_no_use_once_its_account_is_not_active_or_of_another_epoch() {
    for change in ["state = 'suspended'", "session_epoch = 1"] {
        block_on(async {
            let (place, world) = (Place::new().await, World::new(31));
            let store = place.open().await;
            let ann = world.sign_up(&store, "ann").await.account;
            let session = world.sign_in(&store, &ann, Delivery::Cookie).await;
            let sql = format!("UPDATE users SET {change}");
            place.raw().await.batch_execute(&sql).await.unwrap();
            let now = world.pass(1);
            let rotated = store.rotate(world.rotation(&session), now).await.unwrap();
            assert_eq!(rotated, Effect::Lost, "{change}");
            let hand = HandAgain {
                session_id: session.id,
                generation: 0,
                activity: Some(now),
            };
            let handed = store.hand_again(hand, now).await.unwrap();
            assert_eq!(handed, Effect::Lost, "{change}");
            let found = store.find_session(session.id).await.unwrap().unwrap();
            assert_eq!(found.session, session);
        });
    }
}

#[test]
fn a_token_is_handed_out_at_the_commit_of_its_batch() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(33));
        let store = place.open().await;
        let ann = world.sign_up(&store, "ann").await.account;
        let mut sessions = Vec::new();
        for _ in 0..32 {
            sessions.push(world.sign_in(&store, &ann, Delivery::Body).await);
        }
        let asked_at = |index: usize| world.now() + SignedDuration::from_secs(i64::try_from(index).unwrap());
        // All queue before the task runs: a test's runtime has one thread.
        let asking = sessions.iter().enumerate();
        let asking = asking.map(|(index, session)| store.rotate(world.rotation(session), asked_at(index)));
        for answer in join_all(asking).await {
            let Effect::Won(rotated) = answer.unwrap() else {
                panic!("nobody else refreshes")
            };
            assert_eq!(rotated.head.handed_at, asked_at(31), "one batch, one time");
        }
    });
}

#[test]
fn a_batch_of_several_kinds_is_one_transaction() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(34));
        let store = place.open().await;
        let ann = world.sign_up(&store, "ann").await.account;
        let mut sessions = Vec::new();
        for _ in 0..3 {
            sessions.push(world.sign_in(&store, &ann, Delivery::Body).await);
        }
        let [rotating, handing, noting] = sessions.as_slice() else {
            unreachable!("three sessions")
        };
        let now = world.pass(1);
        let hand = HandAgain {
            session_id: handing.id,
            generation: 0,
            activity: Some(now),
        };
        let note = NoteActivity {
            session_id: noting.id,
            activity: Some(now),
            seen_generation: 0,
        };
        // All queue before the task runs: a test's runtime has one thread.
        let (rotated, handed, noted) = futures::join!(
            store.rotate(world.rotation(rotating), now),
            store.hand_again(hand, now),
            store.note_activity(note, now)
        );
        for (effect, generation) in [(rotated, 1), (handed, 0), (noted, 0)] {
            let Effect::Won(progress) = effect.unwrap() else {
                panic!("nobody else writes")
            };
            assert_eq!(
                (progress.head.generation, progress.last_activity_at),
                (generation, now)
            );
        }
        let written = "SELECT count(*), count(DISTINCT xmin::text) FROM sessions";
        let row = place.raw().await.query_one(written, &[]).await.unwrap();
        assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (3, 1));
    });
}
