//! Conditions that no sequence of this store's own effects can break, because each effect keeps them: held all the same, for
//! what a restored backup or another hand may leave behind. And the commit's time, which only a batch shows.

use futures::future::join_all;
use jiff::SignedDuration;
use keyturn_core::model::{Delivery, EndReason};
use keyturn_core::ports::{Effect, EndAllSessions, HandAgain, NoteActivity, SessionStore, UserStore};
use keyturn_testkit::fixtures::World;
use keyturn_testkit::fixtures::request_origin;

use crate::{Place, block_on};

#[test]
fn r1_3_a_live_session_is_of_no_use_once_its_account_is_not_active_or_of_another_epoch() {
    for change in [
        "state = 'suspended'",
        "state = 'inactive'",
        "state = 'pending'",
        "session_epoch = 1",
    ] {
        block_on(async {
            let (place, world) = (Place::new(), World::new(31));
            let store = place.open();
            let ann = world.sign_up(&store, "ann").await.account;
            let session = world.sign_in(&store, &ann, Delivery::Cookie).await;
            place
                .raw()
                .execute(&format!("UPDATE users SET {change}"), [])
                .unwrap();
            let now = world.pass(1);
            assert_eq!(
                store.rotate(world.rotation(&session), now).await.unwrap(),
                Effect::Lost,
                "{change}"
            );
            let hand = HandAgain {
                session_id: session.id,
                generation: 0,
                activity: Some(now),
            };
            assert_eq!(
                store.hand_again(hand, now).await.unwrap(),
                Effect::Lost,
                "{change}"
            );
            let note = NoteActivity {
                session_id: session.id,
                activity: Some(now),
                seen_generation: 0,
            };
            assert_eq!(
                store.note_activity(note, now).await.unwrap(),
                Effect::Lost,
                "{change}"
            );
            assert_eq!(
                store.find_session(session.id).await.unwrap().unwrap().session,
                session
            );
        });
    }
}

#[test]
fn a_live_session_of_an_older_epoch_is_not_brought_back_by_keeping_it() {
    block_on(async {
        let (place, world) = (Place::new(), World::new(32));
        let store = place.open();
        let ann = world.sign_up(&store, "ann").await.account;
        let old = world.sign_in(&store, &ann, Delivery::Cookie).await;
        place
            .raw()
            .execute("UPDATE users SET session_epoch = 5", [])
            .unwrap();
        let current = store.find_user(ann.id).await.unwrap().unwrap().account;
        world.sign_in(&store, &current, Delivery::Cookie).await;
        let end = EndAllSessions {
            user_id: ann.id,
            keep: Some(old.id),
            reason: EndReason::SignedOutElsewhere,
            origin: request_origin(),
        };
        assert_eq!(
            store.end_all_sessions(end, world.now()).await.unwrap(),
            Effect::Won(2)
        );
        assert!(
            store
                .find_session(old.id)
                .await
                .unwrap()
                .unwrap()
                .session
                .ended
                .is_some()
        );
    });
}

#[test]
fn a_token_is_handed_out_at_the_commit_of_its_batch() {
    block_on(async {
        let (place, world) = (Place::new(), World::new(33));
        let store = place.open();
        let ann = world.sign_up(&store, "ann").await.account;
        let sessions = join_all((0..32).map(|_| world.sign_in(&store, &ann, Delivery::Body))).await;
        let asked_at = |index: usize| world.now() + SignedDuration::from_secs(i64::try_from(index).unwrap());

        // While another process holds the file, all of them queue: in two batches at most.
        let other = place.raw();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut asking: Vec<_> = sessions
            .iter()
            .enumerate()
            .map(|(index, session)| store.rotate(world.rotation(session), asked_at(index)))
            .collect();
        for rotation in &mut asking {
            assert!(futures::poll!(rotation).is_pending());
        }
        other.execute_batch("COMMIT").unwrap();

        let mut commits = Vec::new();
        for (index, answer) in join_all(asking).await.into_iter().enumerate() {
            let Effect::Won(rotated) = answer.unwrap() else {
                panic!("nobody else refreshes")
            };
            assert!(rotated.head.handed_at >= asked_at(index));
            commits.push(rotated.head.handed_at);
        }
        commits.dedup();
        assert!(commits.len() <= 2, "each batch has one time: {commits:?}");
        assert_eq!(commits.last(), Some(&asked_at(31)));
    });
}
