//! Copying a file of tasks away and back.

use jiff::Timestamp;
use keyturn_tasks::{
    BackupError, Heard, LiveTasks, SqliteTasks, Task, TaskId, Upkeep, UserId, backup, restore,
};
use uuid::Uuid;

use crate::places::block_on;

fn task() -> Task {
    Task {
        id: TaskId(Uuid::from_u128(7)),
        title: "Buy milk".to_owned(),
        notes: String::new(),
        completed: false,
        due_at: None,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        version: 1,
    }
}

#[test]
fn a_copy_of_tasks_in_use_is_put_back_and_asks_about_everybody_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (tasks, copy) = (folder.path().join("tasks.db"), folder.path().join("copy.db"));
    let (ann, heard) = (
        UserId("ann".to_owned()),
        Heard {
            epoch: "1".to_owned(),
            seq: 9,
        },
    );
    block_on(async {
        let store = SqliteTasks::open(&tasks).unwrap();
        store.create(&ann, &task(), 9).await.unwrap();
        store.note_heard(&heard).await.unwrap();
        backup(&tasks, &copy).unwrap();
        store.forget(&ann, Timestamp::UNIX_EPOCH).await.unwrap();
        let in_use = restore(&copy, &tasks, true).unwrap_err();
        assert!(matches!(in_use, BackupError::InUse { .. }), "{in_use}");
    });
    let there = restore(&copy, &tasks, false).unwrap_err();
    assert!(matches!(there, BackupError::Exists { .. }), "{there}");
    restore(&copy, &tasks, true).unwrap();
    block_on(async {
        let store = SqliteTasks::open(&tasks).unwrap();
        assert_eq!(store.find(&ann, task().id).await.unwrap(), Some(task()));
        assert_eq!(store.heard().await.unwrap(), None);
    });
}

#[test]
fn what_holds_no_tasks_is_not_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let (tasks, wrong) = (folder.path().join("tasks.db"), folder.path().join("wrong.db"));
    let absent = restore(&wrong, &tasks, false).unwrap_err();
    assert!(matches!(absent, BackupError::File { .. }), "{absent}");
    let other = rusqlite::Connection::open(&wrong).unwrap();
    other.execute_batch("CREATE TABLE a (b INTEGER)").unwrap();
    let unfit = restore(&wrong, &tasks, false).unwrap_err();
    assert!(matches!(unfit, BackupError::Unfit { .. }), "{unfit}");
    assert!(!tasks.exists());
    assert!(!folder.path().join("tasks.db-restore").exists());
}

#[test]
fn a_copy_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let tasks = folder.path().join("tasks.db");
    drop(SqliteTasks::open(&tasks).unwrap());
    let taken = backup(&tasks, &tasks).unwrap_err();
    assert!(matches!(taken, BackupError::Exists { .. }), "{taken}");
}
