//! A disk that is full: every command of the batch is answered unavailable, nothing of it happened, and the store goes on.

use futures::future::join_all;
use keyturn_core::model::Delivery;
use keyturn_core::ports::{CreateOutcome, Effect, SessionStore, StoreError, StoreHealth, UserStore};
use keyturn_store::{OpenMode, SqliteStore};
use keyturn_testkit::fixtures::World;

use crate::{Place, block_on};

#[test]
fn a_full_disk_answers_unavailable_and_loses_nothing() {
    let place = Place::new();
    let world = World::new(3);
    block_on(async {
        let store = SqliteStore::open_within(&place.path(), OpenMode::Migrate, None, Some(60)).unwrap();
        let ann = world.sign_up(&store, "ann").await;
        let mut session = world.sign_in(&store, &ann.account, Delivery::Body).await;
        let mut created = Vec::new();
        let mut refused = Vec::new();
        for round in 0..200 {
            let new: Vec<_> = (0..16)
                .map(|index| world.new_user(&format!("user{round}-{index}")))
                .collect();
            let ids: Vec<_> = new.iter().map(|user| user.id).collect();
            let outcomes = join_all(new.into_iter().map(|user| store.create_user(user, world.now()))).await;
            for (id, outcome) in ids.into_iter().zip(outcomes) {
                match outcome {
                    Ok(CreateOutcome::Created(_)) => created.push(id),
                    Err(StoreError::Unavailable(_)) => refused.push(id),
                    other => panic!("{other:?}"),
                }
            }
            if !refused.is_empty() {
                break;
            }
        }
        assert!(
            !created.is_empty() && !refused.is_empty(),
            "the disk is full at last"
        );
        for id in &created {
            assert!(
                store.find_user(*id).await.unwrap().is_some(),
                "acknowledged, therefore there"
            );
        }
        for id in &refused {
            assert!(
                store.find_user(*id).await.unwrap().is_none(),
                "refused, therefore not there"
            );
        }
        store.check().await.unwrap();
        for _ in 0..3 {
            let Effect::Won(rotated) = store.rotate(world.rotation(&session), world.now()).await.unwrap()
            else {
                panic!("a rotation takes no room")
            };
            session = rotated;
        }
        drop(store);
        let store = place.open();
        world.sign_up(&store, "bob").await;
        assert_eq!(
            store.find_session(session.id).await.unwrap().unwrap().session,
            session
        );
    });
}
