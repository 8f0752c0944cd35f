//! Tasks that were deleted.

use keyturn_tasks::{Delete, DeletedCursor, Effect, Filter, Page, Store, Task, TaskId};

use super::live::join_all;
use super::{all, at, deleted, id, task, user};

pub(super) async fn r5_3_a_deleted_task_is_restored_as_it_was(store: &dyn Store) {
    let ann = user("ann");
    let odd = Task {
        title: "Zürich ’ 🦀 \\ \" 1e3".to_owned(),
        notes: "a\r\n\tb".to_owned(),
        completed: true,
        due_at: Some(jiff::Timestamp::from_microsecond(1_767_225_600_000_001).unwrap()),
        updated_at: jiff::Timestamp::from_microsecond(1_767_225_600_123_456).unwrap(),
        version: 41,
        ..task(1, "")
    };
    store.create(&ann, &odd, 9).await.unwrap();
    let kept = deleted(&odd, 10, 20);
    let delete = Delete {
        deleted: kept.clone(),
    };
    assert_eq!(store.delete(&ann, delete.clone()).await.unwrap(), Effect::Won(()));
    assert_eq!(store.find(&ann, odd.id).await.unwrap(), None);
    assert_eq!(store.delete(&ann, delete).await.unwrap(), Effect::Lost);
    let found = store.find_deleted(&ann, odd.id, at(19)).await.unwrap();
    assert_eq!(found, Some(kept.clone()));

    assert_eq!(store.restore(&ann, &kept, at(19)).await.unwrap(), Effect::Won(()));
    assert_eq!(store.find(&ann, odd.id).await.unwrap(), Some(odd));
    assert_eq!(store.find_deleted(&ann, id(1), at(19)).await.unwrap(), None);
    assert_eq!(store.restore(&ann, &kept, at(19)).await.unwrap(), Effect::Lost);
    let search = Filter {
        folded: Some("zürich".to_owned()),
        ..Filter::default()
    };
    assert_eq!(store.list(&ann, &search, all()).await.unwrap().len(), 1);
}

pub(super) async fn r5_3_what_is_past_its_time_is_gone_before_any_sweep(store: &dyn Store) {
    let (ann, one) = (user("ann"), task(1, "t"));
    store.create(&ann, &one, 9).await.unwrap();
    let kept = deleted(&one, 10, 20);
    let delete = Delete {
        deleted: kept.clone(),
    };
    store.delete(&ann, delete).await.unwrap();
    assert_eq!(
        store.list_deleted(&ann, at(19), all()).await.unwrap(),
        std::slice::from_ref(&kept)
    );
    assert_eq!(store.find_deleted(&ann, id(1), at(20)).await.unwrap(), None);
    assert_eq!(store.list_deleted(&ann, at(20), all()).await.unwrap(), []);
    assert_eq!(store.restore(&ann, &kept, at(20)).await.unwrap(), Effect::Lost);
    assert_eq!(store.remove(&ann, id(1), at(20)).await.unwrap(), Effect::Lost);
    assert_eq!(store.find(&ann, id(1)).await.unwrap(), None);
}

pub(super) async fn r5_3_a_task_that_is_removed_is_gone_for_good(store: &dyn Store) {
    let (ann, one) = (user("ann"), task(1, "t"));
    store.create(&ann, &one, 9).await.unwrap();
    // What is not deleted is not removed.
    assert_eq!(store.remove(&ann, id(1), at(1)).await.unwrap(), Effect::Lost);
    let kept = deleted(&one, 10, 20);
    let delete = Delete {
        deleted: kept.clone(),
    };
    store.delete(&ann, delete).await.unwrap();
    assert_eq!(store.remove(&ann, id(1), at(11)).await.unwrap(), Effect::Won(()));
    assert_eq!(store.find_deleted(&ann, id(1), at(11)).await.unwrap(), None);
    assert_eq!(store.restore(&ann, &kept, at(11)).await.unwrap(), Effect::Lost);
    assert_eq!(store.remove(&ann, id(1), at(11)).await.unwrap(), Effect::Lost);
}

pub(super) async fn r5_2_deleted_tasks_are_their_owners_alone(store: &dyn Store) {
    let (ann, bob, one) = (user("ann"), user("bob"), task(1, "t"));
    store.create(&ann, &one, 9).await.unwrap();
    let kept = deleted(&one, 10, 20);
    let delete = Delete {
        deleted: kept.clone(),
    };
    store.delete(&ann, delete).await.unwrap();
    assert_eq!(store.find_deleted(&bob, id(1), at(11)).await.unwrap(), None);
    assert_eq!(store.list_deleted(&bob, at(11), all()).await.unwrap(), []);
    assert_eq!(store.restore(&bob, &kept, at(11)).await.unwrap(), Effect::Lost);
    assert_eq!(store.remove(&bob, id(1), at(11)).await.unwrap(), Effect::Lost);
    assert_eq!(store.find_deleted(&ann, id(1), at(11)).await.unwrap(), Some(kept));
}

pub(super) async fn a_deletion_wins_on_its_version_alone(store: &dyn Store) {
    let (ann, one) = (user("ann"), task(1, "t"));
    store.create(&ann, &one, 9).await.unwrap();
    let seen = Task {
        version: 2,
        ..one.clone()
    };
    let delete = Delete {
        deleted: deleted(&seen, 10, 20),
    };
    assert_eq!(store.delete(&ann, delete).await.unwrap(), Effect::Lost);
    assert_eq!(store.find(&ann, id(1)).await.unwrap(), Some(one));
    assert_eq!(store.list_deleted(&ann, at(11), all()).await.unwrap(), []);
}

pub(super) async fn of_a_restoration_and_a_removal_at_once_one_wins(store: &dyn Store) {
    let ann = user("ann");
    for number in 0..8 {
        let one = task(number, "t");
        store.create(&ann, &one, 99).await.unwrap();
        let kept = deleted(&one, 10, 20);
        let delete = Delete {
            deleted: kept.clone(),
        };
        store.delete(&ann, delete).await.unwrap();
        let restore = store.restore(&ann, &kept, at(11));
        let remove = store.remove(&ann, one.id, at(11));
        let outcomes = join_all([restore, remove]).await;
        let won: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
        let lives = store.find(&ann, one.id).await.unwrap().is_some();
        let expected = if lives {
            [Effect::Won(()), Effect::Lost]
        } else {
            [Effect::Lost, Effect::Won(())]
        };
        assert_eq!(won, expected);
    }
}

pub(super) async fn the_list_of_deleted_tasks_has_pages(store: &dyn Store) {
    let ann = user("ann");
    // 3 and 1 were deleted at one moment.
    for (number, second) in [(1, 30), (2, 10), (3, 30), (4, 20)] {
        let one = task(number, "t");
        store.create(&ann, &one, 9).await.unwrap();
        let delete = Delete {
            deleted: deleted(&one, second, 99),
        };
        store.delete(&ann, delete).await.unwrap();
    }
    let numbers = |page| ids(store, page);
    assert_eq!(numbers(all()).await, [3, 1, 4, 2].map(id));
    let behind = |second, number| Page {
        behind: Some(DeletedCursor {
            deleted_at: at(second),
            original_task_id: id(number),
        }),
        limit: 2,
    };
    assert_eq!(numbers(behind(30, 3)).await, [1, 4].map(id));
    assert_eq!(numbers(behind(20, 4)).await, [id(2)]);
    assert_eq!(numbers(behind(10, 2)).await, []);
}

/// Ann's.
async fn ids(store: &dyn Store, page: Page<DeletedCursor>) -> Vec<TaskId> {
    let found = store.list_deleted(&user("ann"), at(40), page).await.unwrap();
    found.iter().map(|deleted| deleted.original_task_id).collect()
}
