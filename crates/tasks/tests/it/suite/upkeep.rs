//! Sweeping, people who are gone, and how far that is known.

use keyturn_tasks::{CreateOutcome, Delete, Filter, Heard, Store};

use super::{all, at, deleted, id, task, user};

async fn with_deleted(store: &dyn Store, name: &str, number: u128, until: i64) {
    let one = task(number, "t");
    store.create(&user(name), &one, 99).await.unwrap();
    let delete = Delete {
        deleted: deleted(&one, 10, until),
    };
    store.delete(&user(name), delete).await.unwrap();
}

pub(super) async fn r5_3_a_sweep_removes_what_is_past_its_time_in_steps(store: &dyn Store) {
    for number in 1..=5 {
        with_deleted(store, "ann", number, 20).await;
    }
    with_deleted(store, "bob", 6, 21).await;
    store.create(&user("bob"), &task(7, "t"), 99).await.unwrap();
    assert_eq!(store.sweep(at(19), 2).await.unwrap(), 0);
    for swept in [2, 2, 1, 0] {
        assert_eq!(store.sweep(at(20), 2).await.unwrap(), swept);
    }
    assert!(
        store
            .find_deleted(&user("bob"), id(6), at(20))
            .await
            .unwrap()
            .is_some()
    );
    assert!(store.find(&user("bob"), id(7)).await.unwrap().is_some());
    assert_eq!(store.owners(None, 9).await.unwrap(), [user("bob")]);
}

pub(super) async fn who_is_gone_has_no_tasks_and_makes_none(store: &dyn Store) {
    let (ann, bob) = (user("ann"), user("bob"));
    for number in [1, 2] {
        store.create(&ann, &task(number, "t"), 9).await.unwrap();
    }
    with_deleted(store, "ann", 3, 99).await;
    store.create(&bob, &task(4, "t"), 9).await.unwrap();
    assert_eq!(store.forget(&ann, at(20)).await.unwrap(), 3);
    assert_eq!(store.list(&ann, &Filter::default(), all()).await.unwrap(), []);
    assert_eq!(store.list_deleted(&ann, at(20), all()).await.unwrap(), []);
    assert_eq!(store.owners(None, 9).await.unwrap(), std::slice::from_ref(&bob));
    let late = task(5, "t");
    assert_eq!(store.create(&ann, &late, 9).await.unwrap(), CreateOutcome::Gone);
    assert_eq!(store.find(&ann, late.id).await.unwrap(), None);
    assert_eq!(
        store.create(&bob, &late, 9).await.unwrap(),
        CreateOutcome::Created
    );
    // Once more changes nothing.
    assert_eq!(store.forget(&ann, at(20)).await.unwrap(), 0);
}

pub(super) async fn marks_of_people_who_are_gone_are_swept(store: &dyn Store) {
    let ann = user("ann");
    store.forget(&ann, at(20)).await.unwrap();
    // An older one, heard again, does not end the mark earlier.
    store.forget(&ann, at(10)).await.unwrap();
    assert_eq!(store.sweep_gone(at(19)).await.unwrap(), 0);
    assert_eq!(
        store.create(&ann, &task(1, "t"), 9).await.unwrap(),
        CreateOutcome::Gone
    );
    assert_eq!(store.sweep_gone(at(20)).await.unwrap(), 1);
    assert_eq!(
        store.create(&ann, &task(1, "t"), 9).await.unwrap(),
        CreateOutcome::Created
    );
}

pub(super) async fn people_who_have_tasks_are_listed_once(store: &dyn Store) {
    store.create(&user("bob"), &task(1, "t"), 9).await.unwrap();
    store.create(&user("bob"), &task(2, "t"), 9).await.unwrap();
    with_deleted(store, "bob", 3, 99).await;
    with_deleted(store, "Zoe", 4, 99).await;
    store.create(&user("42"), &task(5, "t"), 9).await.unwrap();
    let all = ["42", "Zoe", "bob"].map(user);
    assert_eq!(store.owners(None, 9).await.unwrap(), all);
    assert_eq!(store.owners(None, 2).await.unwrap(), all[..2]);
    assert_eq!(store.owners(Some(&all[1]), 2).await.unwrap(), all[2..]);
    assert_eq!(store.owners(Some(&all[2]), 2).await.unwrap(), []);
}

pub(super) async fn what_was_heard_never_goes_back_within_its_epoch(store: &dyn Store) {
    let heard = |epoch: &str, seq| Heard {
        epoch: epoch.to_owned(),
        seq,
    };
    assert_eq!(store.heard().await.unwrap(), None);
    for (noted, then) in [
        (heard("a", 7), heard("a", 7)),
        (heard("a", 5), heard("a", 7)),
        (heard("a", 9), heard("a", 9)),
        (heard("b", 2), heard("b", 2)),
    ] {
        store.note_heard(&noted).await.unwrap();
        assert_eq!(store.heard().await.unwrap(), Some(then));
    }
}

pub(super) async fn a_store_says_that_it_works(store: &dyn Store) {
    store.check().await.unwrap();
}
