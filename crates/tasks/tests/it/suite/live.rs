//! Tasks that are not deleted.

use keyturn_tasks::{CreateOutcome, Effect, Filter, Page, Store, Task, TaskId, Update};

use super::{all, at, deleted, id, task, user};

pub(super) async fn a_task_is_read_as_it_was_written(store: &dyn Store) {
    let odd = Task {
        title: "Zürich ’ 🦀 \\ \" %_".to_owned(),
        notes: "line\r\nline\ttab".to_owned(),
        completed: true,
        due_at: Some(jiff::Timestamp::from_microsecond(253_402_200_000_000_001).unwrap()),
        created_at: jiff::Timestamp::from_microsecond(1_767_225_600_123_456).unwrap(),
        version: 7,
        ..task(1, "")
    };
    let ann = user("ann");
    assert_eq!(store.create(&ann, &odd, 9).await.unwrap(), CreateOutcome::Created);
    assert_eq!(store.find(&ann, odd.id).await.unwrap(), Some(odd));
    assert_eq!(store.find(&ann, id(2)).await.unwrap(), None);
}

pub(super) async fn r5_2_a_task_is_found_by_its_owner_alone(store: &dyn Store) {
    let (ann, bob, mine) = (user("ann"), user("bob"), task(1, "Ann's"));
    store.create(&ann, &mine, 9).await.unwrap();
    assert_eq!(store.find(&bob, mine.id).await.unwrap(), None);
    assert_eq!(store.list(&bob, &Filter::default(), all()).await.unwrap(), []);
    let update = Update {
        version: 1,
        task: Task {
            version: 2,
            title: "Bob's".to_owned(),
            ..mine.clone()
        },
    };
    assert_eq!(store.update(&bob, update).await.unwrap(), Effect::Lost);
    let delete = keyturn_tasks::Delete {
        deleted: deleted(&mine, 1, 9),
    };
    assert_eq!(store.delete(&bob, delete).await.unwrap(), Effect::Lost);
    assert_eq!(store.find(&ann, mine.id).await.unwrap(), Some(mine));
}

pub(super) async fn a_list_has_pages_and_filters(store: &dyn Store) {
    let ann = user("ann");
    for number in 1..=5 {
        let one = Task {
            completed: number % 2 == 0,
            notes: if number > 3 {
                "BÜCHER %".to_owned()
            } else {
                String::new()
            },
            ..task(number, "Read")
        };
        store.create(&ann, &one, 9).await.unwrap();
        store
            .create(&user("bob"), &task(10 + number, "Read"), 9)
            .await
            .unwrap();
    }
    let numbers = |filter: Filter, page| ids(store, filter, page);
    let any = Filter::default();
    assert_eq!(numbers(any.clone(), all()).await, [5, 4, 3, 2, 1].map(id));
    let page = Page {
        behind: Some(id(4)),
        limit: 2,
    };
    assert_eq!(numbers(any.clone(), page).await, [3, 2].map(id));
    let done = |completed| Filter {
        completed: Some(completed),
        ..Filter::default()
    };
    assert_eq!(numbers(done(true), all()).await, [4, 2].map(id));
    assert_eq!(numbers(done(false), all()).await, [5, 3, 1].map(id));
    let with = |text: &str| Filter {
        folded: Some(text.to_owned()),
        ..Filter::default()
    };
    assert_eq!(numbers(with("bücher"), all()).await, [5, 4].map(id));
    assert_eq!(numbers(with("read"), all()).await.len(), 5);
    // No wildcards.
    assert_eq!(numbers(with("r%d"), all()).await, []);
    assert_eq!(numbers(with("_"), all()).await, []);
    let both = Filter {
        completed: Some(true),
        ..with("%")
    };
    assert_eq!(numbers(both, all()).await, [id(4)]);
}

/// Ann's.
async fn ids(store: &dyn Store, filter: Filter, page: Page<TaskId>) -> Vec<TaskId> {
    let found = store.list(&user("ann"), &filter, page).await.unwrap();
    found.iter().map(|task| task.id).collect()
}

pub(super) async fn an_update_wins_on_its_version_alone(store: &dyn Store) {
    let (ann, first) = (user("ann"), task(1, "One"));
    store.create(&ann, &first, 9).await.unwrap();
    let second = Task {
        title: "Two".to_owned(),
        notes: "more".to_owned(),
        completed: true,
        due_at: Some(at(99)),
        updated_at: at(5),
        version: 2,
        ..first
    };
    let update = |version| Update {
        version,
        task: second.clone(),
    };
    assert_eq!(store.update(&ann, update(1)).await.unwrap(), Effect::Won(()));
    assert_eq!(store.find(&ann, id(1)).await.unwrap(), Some(second.clone()));
    for stale in [1, 3] {
        assert_eq!(store.update(&ann, update(stale)).await.unwrap(), Effect::Lost);
    }
    // What is searched is what is there.
    let old = Filter {
        folded: Some("one".to_owned()),
        ..Filter::default()
    };
    assert_eq!(store.list(&ann, &old, all()).await.unwrap(), []);
}

pub(super) async fn of_two_updates_at_once_one_wins(store: &dyn Store) {
    let (ann, first) = (user("ann"), task(1, "One"));
    store.create(&ann, &first, 9).await.unwrap();
    let update = |title: &str| Update {
        version: 1,
        task: Task {
            title: title.to_owned(),
            version: 2,
            ..first.clone()
        },
    };
    let racing = ["a", "b", "c", "d"].map(|title| store.update(&ann, update(title)));
    let mut won = 0;
    for outcome in join_all(racing).await {
        won += usize::from(outcome.unwrap() == Effect::Won(()));
    }
    assert_eq!(won, 1);
}

pub(super) async fn a_person_has_so_many_tasks_at_most(store: &dyn Store) {
    let ann = user("ann");
    for number in [1, 2] {
        store.create(&ann, &task(number, "t"), 2).await.unwrap();
    }
    let third = task(3, "t");
    assert_eq!(store.create(&ann, &third, 2).await.unwrap(), CreateOutcome::Full);
    assert_eq!(store.find(&ann, third.id).await.unwrap(), None);
    // A deleted one counts until it is gone.
    let delete = keyturn_tasks::Delete {
        deleted: deleted(&task(1, "t"), 1, 9),
    };
    store.delete(&ann, delete).await.unwrap();
    assert_eq!(store.create(&ann, &third, 2).await.unwrap(), CreateOutcome::Full);
    store.remove(&ann, id(1), at(2)).await.unwrap();
    assert_eq!(
        store.create(&ann, &third, 2).await.unwrap(),
        CreateOutcome::Created
    );
    let bobs = task(4, "t");
    assert_eq!(
        store.create(&user("bob"), &bobs, 2).await.unwrap(),
        CreateOutcome::Created
    );
}

pub(super) async fn of_creations_at_once_no_more_win_than_there_is_room_for(store: &dyn Store) {
    let ann = user("ann");
    let many: Vec<_> = (0..8).map(|number| task(number, "t")).collect();
    let racing = many.iter().map(|task| store.create(&ann, task, 3));
    let mut made = 0;
    for outcome in join_all(racing).await {
        made += usize::from(outcome.unwrap() == CreateOutcome::Created);
    }
    assert_eq!(made, 3);
}

/// Polls all of them in turn until each has ended.
pub(crate) async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut ended: Vec<_> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (future, ended) in pending.iter_mut().zip(&mut ended) {
            if ended.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *ended = Some(output);
            }
        }
        if ended.iter().all(Option::is_some) {
            std::task::Poll::Ready(ended.iter_mut().filter_map(Option::take).collect())
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}
