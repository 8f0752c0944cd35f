//! Tasks go with their account, whatever was interrupted or missed.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_tasks::{
    AccountDirectory, Departed, Departures, DirectoryError, Heard, Store, Task, TaskId, UserId,
};
use uuid::Uuid;

use crate::places::{self, block_on};

/// An authority of which a test says what it has to tell.
#[derive(Default)]
struct Authority {
    /// Asked from where; what is answered.
    asked: Mutex<Vec<Option<Heard>>>,
    told: Mutex<Vec<Departed>>,
    unknown: Mutex<Vec<UserId>>,
    down: Mutex<bool>,
}

#[async_trait]
impl AccountDirectory for Authority {
    async fn departed(&self, behind: Option<&Heard>) -> Result<Departed, DirectoryError> {
        self.asked.lock().unwrap().push(behind.cloned());
        Ok(self.told.lock().unwrap().remove(0))
    }

    async fn unknown(&self, users: Vec<UserId>) -> Result<Vec<UserId>, DirectoryError> {
        if *self.down.lock().unwrap() {
            return Err("down".into());
        }
        let unknown = self.unknown.lock().unwrap();
        Ok(users.into_iter().filter(|user| unknown.contains(user)).collect())
    }
}

fn user(name: &str) -> UserId {
    UserId(name.to_owned())
}

fn heard(epoch: &str, seq: i64) -> Heard {
    Heard {
        epoch: epoch.to_owned(),
        seq,
    }
}

fn these(users: &[&str], seq: i64, all: bool) -> Departed {
    Departed::These {
        users: users.iter().map(|name| user(name)).collect(),
        heard: heard("a", seq),
        all,
    }
}

async fn with_tasks(store: &dyn Store, people: impl IntoIterator<Item = String>) {
    for (number, name) in people.into_iter().enumerate() {
        let task = Task {
            id: TaskId(Uuid::from_u128(number as u128 + 1)),
            title: "t".to_owned(),
            notes: String::new(),
            completed: false,
            due_at: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            version: 1,
        };
        store.create(&UserId(name), &task, 9).await.unwrap();
    }
}

fn run<F: Future<Output = ()>>(test: impl FnOnce(Arc<dyn Store>, Arc<Authority>, Departures) -> F) {
    block_on(async {
        let place = places::sqlite().await;
        let authority = Arc::new(Authority::default());
        let departures = Departures::new(place.store.clone(), authority.clone());
        test(place.store.clone(), authority, departures).await;
    });
}

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[test]
fn tasks_go_with_their_account_and_the_place_is_kept() {
    run(|store, authority, departures| async move {
        with_tasks(&*store, ["ann", "bob", "cleo"].map(str::to_owned)).await;
        *authority.told.lock().unwrap() = vec![
            these(&["ann"], 5, false),
            these(&["cleo", "nobody"], 9, true),
            these(&[], 9, true),
        ];
        assert_eq!(departures.catch_up(NOW).await.unwrap(), 2);
        assert_eq!(store.owners(None, 9).await.unwrap(), [user("bob")]);
        assert_eq!(departures.catch_up(NOW).await.unwrap(), 0);
        let asked = authority.asked.lock().unwrap().clone();
        assert_eq!(asked, [None, Some(heard("a", 5)), Some(heard("a", 9))]);
    });
}

#[test]
fn where_it_can_not_be_told_everybody_is_asked_about() {
    run(|store, authority, departures| async move {
        let people = (0..450).map(|number| format!("{number:03}"));
        with_tasks(&*store, people).await;
        *authority.unknown.lock().unwrap() = vec![user("000"), user("200"), user("449")];
        *authority.told.lock().unwrap() = vec![Departed::Unknown { heard: heard("b", 3) }];
        assert_eq!(departures.catch_up(NOW).await.unwrap(), 3);
        assert_eq!(store.owners(None, 999).await.unwrap().len(), 447);
        assert_eq!(store.heard().await.unwrap(), Some(heard("b", 3)));
    });
}

#[test]
fn what_was_interrupted_is_done_again() {
    run(|store, authority, departures| async move {
        with_tasks(&*store, ["ann".to_owned()]).await;
        let unknown = Departed::Unknown { heard: heard("b", 3) };
        *authority.told.lock().unwrap() = vec![unknown.clone(), unknown];
        *authority.unknown.lock().unwrap() = vec![user("ann")];
        *authority.down.lock().unwrap() = true;
        departures.catch_up(NOW).await.unwrap_err();
        assert_eq!(store.heard().await.unwrap(), None);
        assert_eq!(store.owners(None, 9).await.unwrap().len(), 1);
        *authority.down.lock().unwrap() = false;
        assert_eq!(departures.catch_up(NOW).await.unwrap(), 1);
    });
}
