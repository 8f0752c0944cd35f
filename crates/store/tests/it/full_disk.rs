//! A disk that is full: what finds no room is answered unavailable and did not happen, and the store goes on. Where the engine
//! undoes the whole transaction, as it does when a plain insert finds no room, that goes for the whole batch.

use futures::future::join_all;
use keyturn_core::model::{AuditEvent, AuditKind, Delivery};
use keyturn_core::ports::{
    AuditStore, CreateOutcome, Effect, SessionStore, StoreError, StoreHealth, UserStore,
};
use keyturn_store::{OpenMode, SqliteStore};
use keyturn_testkit::fixtures::World;

use crate::{Place, block_on};

#[test]
fn what_finds_no_room_is_unavailable_and_nothing_acknowledged_is_lost() {
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
            session = session.advanced(rotated);
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

#[test]
fn a_batch_that_the_engine_undoes_is_unavailable_as_a_whole() {
    let place = Place::new();
    let world = World::new(4);
    block_on(async {
        let store = SqliteStore::open_within(&place.path(), OpenMode::Migrate, None, Some(60)).unwrap();
        let ann = world.sign_up(&store, "ann").await;
        let mut session = world.sign_in(&store, &ann.account, Delivery::Body).await;
        let mut written = store.session_audit(session.id, u32::MAX).await.unwrap();
        for round in 0.. {
            assert!(round < 1000, "the disk is never full");
            let events = (0..16).map(|index| AuditEvent {
                detail: format!("{round}-{index}-{}", "x".repeat(400)),
                ..world.audit(AuditKind::SessionEnded, ann.account.id, Some(session.id))
            });
            let events: Vec<AuditEvent> = events.collect();
            // Behind those that find no room and in their batch, a rotation, which needs none.
            let (recorded, rotated) = futures::join!(
                join_all(events.iter().map(|event| store.record_audit(event.clone()))),
                store.rotate(world.rotation(&session), world.now())
            );
            let recorded = events
                .into_iter()
                .zip(recorded)
                .filter_map(|(event, answer)| answer.ok().map(|()| event));
            written.extend(recorded);
            match rotated {
                Ok(Effect::Won(rotated)) => session = session.advanced(rotated),
                Err(StoreError::Unavailable(_)) => break,
                other => panic!("neither done nor undone: {other:?}"),
            }
        }
        assert_eq!(store.session_audit(session.id, u32::MAX).await.unwrap(), written);
        assert_eq!(
            store.find_session(session.id).await.unwrap().unwrap().session,
            session
        );
        let Effect::Won(_) = store.rotate(world.rotation(&session), world.now()).await.unwrap() else {
            panic!("the rotation was undone and can be made again")
        };
    });
}
