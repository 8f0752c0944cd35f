//! The faults that the store in memory can be told to have.

use futures::executor::block_on;
use keyturn_core::model::Delivery;
use keyturn_core::ports::{SessionStore, StoreError, StoreHealth};
use keyturn_testkit::fixtures::World;
use keyturn_testkit::mem_store::{MemStore, StoreFault};

#[test]
fn each_fault_strikes_once_and_does_what_it_says() {
    block_on(async {
        let (world, store) = (World::new(1), MemStore::new());
        let ann = world.sign_up(&store, "ann").await;
        for (fault, generation) in [
            (StoreFault::Unavailable, 0),
            (StoreFault::OutcomeUnknownDropped, 0),
            (StoreFault::OutcomeUnknownApplied, 1),
        ] {
            let session = world.sign_in(&store, &ann.account, Delivery::Body).await;
            store.fail_next(fault);
            let error = store
                .rotate(world.rotation(&session), world.now())
                .await
                .unwrap_err();
            assert_eq!(
                matches!(error, StoreError::Unavailable(_)),
                fault == StoreFault::Unavailable
            );
            assert_eq!(
                matches!(error, StoreError::OutcomeUnknown(_)),
                fault != StoreFault::Unavailable
            );
            let stored = store.find_session(session.id).await.unwrap().unwrap().session;
            assert_eq!(stored.head.generation, generation);
            store.rotate(world.rotation(&stored), world.now()).await.unwrap();
        }
    });
}

#[test]
fn a_store_that_is_down_answers_nothing_until_it_is_back() {
    block_on(async {
        let store = MemStore::new();
        store.set_down(true);
        assert!(matches!(store.check().await, Err(StoreError::Unavailable(_))));
        let id = keyturn_core::model::SessionId(uuid::Uuid::nil());
        assert!(store.find_session(id).await.is_err());
        store.set_down(false);
        store.check().await.unwrap();
    });
}
