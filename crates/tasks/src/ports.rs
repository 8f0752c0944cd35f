//! What the tasks need from the world: a clock, randomness, a store.
//!
//! **The rule**: a method of the store is one whole, atomic effect, with its condition; it decides nothing and has no clock. Every one that
//! concerns a person's tasks is given the person. There are no default methods: an engine can't forget one.

use std::error::Error;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::model::{DeletedTask, Task, TaskId, UserId};
use crate::page::{DeletedCursor, Filter, Page};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment, in whole microseconds: a store gives back what it was given.
    fn now(&self) -> Timestamp;
}

/// Gives randomness, for ids.
pub trait Entropy: Send + Sync {
    /// Fills all of it.
    fn fill(&self, bytes: &mut [u8]);
}

/// Why a store did not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is down, or too busy. Whether a write took place may be unknown.
    #[error("the store of tasks does not answer: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// A row that no version of this program writes.
    #[error("row {id} of table {table} is damaged: {source}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// The row's id.
        id: String,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What came of a conditional effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect<T> {
    /// The condition held, and it took place.
    Won(T),
    /// The condition did not hold; nothing was changed.
    Lost,
}

/// What came of creating a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateOutcome {
    /// It is there.
    Created,
    /// The person has as many as a person may have.
    Full,
    /// The person's account was deleted a moment ago.
    Gone,
}

/// Replaces a task. Condition: it has this version.
#[derive(Clone, Debug)]
pub struct Update {
    /// The version that is replaced.
    pub version: i64,
    /// What takes its place, of the same id.
    pub task: Task,
}

/// Puts a task among the deleted ones. Condition: it has the version of `task_data`.
#[derive(Clone, Debug)]
pub struct Delete {
    /// What is kept of it.
    pub deleted: DeletedTask,
}

/// Tasks that are not deleted.
#[async_trait]
pub trait LiveTasks: Send + Sync {
    /// Adds a task. Condition: the person is not gone, and has fewer than `most` tasks, deleted ones included.
    async fn create(&self, owner: &UserId, task: &Task, most: u32) -> Result<CreateOutcome, StoreError>;

    /// A person's task.
    async fn find(&self, owner: &UserId, id: TaskId) -> Result<Option<Task>, StoreError>;

    /// A person's tasks, by id, highest first.
    async fn list(
        &self,
        owner: &UserId,
        filter: &Filter,
        page: Page<TaskId>,
    ) -> Result<Vec<Task>, StoreError>;

    /// See [`Update`].
    async fn update(&self, owner: &UserId, update: Update) -> Result<Effect<()>, StoreError>;

    /// See [`Delete`].
    async fn delete(&self, owner: &UserId, delete: Delete) -> Result<Effect<()>, StoreError>;
}

/// Tasks that were deleted. What is past `restorable_until` is not shown, whether or not it was swept.
#[async_trait]
pub trait DeletedTasks: Send + Sync {
    /// A person's deleted task that can be restored at `now`.
    async fn find_deleted(
        &self,
        owner: &UserId,
        id: TaskId,
        now: Timestamp,
    ) -> Result<Option<DeletedTask>, StoreError>;

    /// A person's deleted tasks that can be restored at `now`, by the time of their deletion and their id, the last first.
    async fn list_deleted(
        &self,
        owner: &UserId,
        now: Timestamp,
        page: Page<DeletedCursor>,
    ) -> Result<Vec<DeletedTask>, StoreError>;

    /// Puts `deleted.task_data` back among the live ones. Condition: it is still among the deleted ones, deleted at that time, and can be
    /// restored at `now`.
    async fn restore(
        &self,
        owner: &UserId,
        deleted: &DeletedTask,
        now: Timestamp,
    ) -> Result<Effect<()>, StoreError>;

    /// Removes it for good. Condition: it is there and can be restored at `now`.
    async fn remove(&self, owner: &UserId, id: TaskId, now: Timestamp) -> Result<Effect<()>, StoreError>;
}

/// How far the authority's deleted accounts are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Names the history that sequences belong to.
    pub epoch: String,
    /// The last one whose effect is in the store.
    pub seq: i64,
}

/// What keeps the store in order.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Removes at most `limit` deleted tasks that could not be restored at `now` any more. Tells how many.
    async fn sweep(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Removes the marks of people who were gone at `until` or before. Tells how many.
    async fn sweep_gone(&self, until: Timestamp) -> Result<u64, StoreError>;

    /// Removes all of a person's tasks and marks the person as gone, so that a request that is underway adds none. Tells how many.
    async fn forget(&self, owner: &UserId, now: Timestamp) -> Result<u64, StoreError>;

    /// People who have tasks, deleted ones included, in the order of their ids, behind this one.
    async fn owners(&self, behind: Option<&UserId>, limit: u32) -> Result<Vec<UserId>, StoreError>;

    /// How far deleted accounts are known; `None` where nothing was ever heard.
    async fn heard(&self) -> Result<Option<Heard>, StoreError>;

    /// Notes how far; within one epoch it never goes back.
    async fn note_heard(&self, heard: &Heard) -> Result<(), StoreError>;

    /// Whether it reads and writes.
    async fn check(&self) -> Result<(), StoreError>;
}

/// All that a store does.
pub trait Store: LiveTasks + DeletedTasks + Upkeep {}

impl<T: LiveTasks + DeletedTasks + Upkeep> Store for T {}
