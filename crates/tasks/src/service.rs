//! What a person does with their tasks: each use case reads, judges and asks the store for one conditional effect.
//!
//! **The rule**: what is judged is what was read; where it is no longer so, it is read and judged again, three times at most.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::fields::{Change, Draft, FieldError};
use crate::model::{DeletedTask, Task, TaskId, UserId};
use crate::observer::{Observer, TaskEffect, Unobserved};
use crate::page::{DeletedCursor, Filter, Page};
use crate::ports::{Clock, CreateOutcome, Delete, Effect, Entropy, Store, StoreError, Update};

/// How many tasks a person may have, deleted ones included until they are gone: nobody fills the disk alone.
pub const MOST_TASKS: u32 = 10_000;

/// How often a use case judges anew.
const TRIES: usize = 3;

/// How long a person's mark stays after their tasks went with their account: longer than any request, or the life of a token that was not
/// checked live.
const GONE_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Rows that one step of a sweep removes.
const SWEEP_STEP: u32 = 500;

/// What is configured about tasks.
#[derive(Clone, Copy, Debug)]
pub struct TaskPolicy {
    /// How long a deleted task can be restored.
    pub retention: SignedDuration,
}

/// The use cases.
#[derive(Clone)]
pub struct Tasks {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    observer: Arc<dyn Observer>,
    policy: TaskPolicy,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// The person has no such task.
    #[error("there is no such task")]
    NotFound,
    /// The task is not of a version that was expected.
    #[error("the task has changed")]
    Changed,
    /// Fields that can't be accepted.
    #[error("fields can't be accepted")]
    Invalid(Vec<FieldError>),
    /// As many tasks as a person may have.
    #[error("no more tasks")]
    Full,
    /// The person's account was deleted a moment ago.
    #[error("the account was deleted")]
    Gone,
    /// Changed by others each time it was judged.
    #[error("too many changes at once")]
    Contended,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The versions of a task that somebody has seen and means (`If-Match`, RFC 9110 §13.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Whatever is there.
    Any,
    /// One of these.
    OneOf(Vec<i64>),
}

impl Expected {
    fn check(&self, task: &Task) -> Result<(), TaskError> {
        match self {
            Self::Any => Ok(()),
            Self::OneOf(versions) if versions.contains(&task.version) => Ok(()),
            Self::OneOf(_) => Err(TaskError::Changed),
        }
    }
}

impl Tasks {
    /// Over this store.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        policy: TaskPolicy,
    ) -> Self {
        Self {
            store,
            clock,
            entropy,
            observer: Arc::new(Unobserved),
            policy,
        }
    }

    /// Tells this observer what becomes of tasks, and of requests.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        Self { observer, ..self }
    }

    /// Who counts.
    pub(crate) fn observer(&self) -> &Arc<dyn Observer> {
        &self.observer
    }

    /// Whether the store reads and writes.
    ///
    /// # Errors
    /// [`StoreError`] says why not.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }

    /// Removes what is past its retention, in small steps. Tells how many tasks.
    ///
    /// # Errors
    /// [`StoreError`]: the next sweep goes on.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let gone_until = now.checked_sub(GONE_FOR).unwrap_or(Timestamp::MIN);
        self.store.sweep_gone(gone_until).await?;
        let mut swept = 0;
        loop {
            let step = self.store.sweep(now, SWEEP_STEP).await?;
            self.observer.became(TaskEffect::Swept, step);
            swept += step;
            if step < u64::from(SWEEP_STEP) {
                return Ok(swept);
            }
        }
    }

    pub(crate) async fn create(&self, owner: &UserId, draft: Draft) -> Result<Task, TaskError> {
        let now = self.clock.now();
        let id = TaskId::generate(now, self.entropy.as_ref());
        let task = draft.into_task(id, now).map_err(TaskError::Invalid)?;
        match self.store.create(owner, &task, MOST_TASKS).await? {
            CreateOutcome::Created => {
                self.observer.became(TaskEffect::Created, 1);
                Ok(task)
            }
            CreateOutcome::Full => Err(TaskError::Full),
            CreateOutcome::Gone => Err(TaskError::Gone),
        }
    }

    pub(crate) async fn read(&self, owner: &UserId, id: TaskId) -> Result<Task, TaskError> {
        self.store.find(owner, id).await?.ok_or(TaskError::NotFound)
    }

    pub(crate) async fn list(
        &self,
        owner: &UserId,
        filter: &Filter,
        page: Page<TaskId>,
    ) -> Result<Vec<Task>, TaskError> {
        Ok(self.store.list(owner, filter, page).await?)
    }

    pub(crate) async fn change(
        &self,
        owner: &UserId,
        id: TaskId,
        expected: &Expected,
        change: Change,
    ) -> Result<Task, TaskError> {
        for _ in 0..TRIES {
            let found = self.read(owner, id).await?;
            expected.check(&found)?;
            let changed = change.clone().applied_to(&found, self.clock.now());
            let task = changed.map_err(TaskError::Invalid)?;
            if task.version == found.version {
                return Ok(task);
            }
            let update = Update {
                version: found.version,
                task: task.clone(),
            };
            if let Effect::Won(()) = self.store.update(owner, update).await? {
                return Ok(task);
            }
        }
        Err(TaskError::Contended)
    }

    pub(crate) async fn delete(
        &self,
        owner: &UserId,
        id: TaskId,
        expected: &Expected,
    ) -> Result<DeletedTask, TaskError> {
        for _ in 0..TRIES {
            let found = self.read(owner, id).await?;
            expected.check(&found)?;
            let now = self.clock.now();
            let deleted = DeletedTask {
                original_task_id: id,
                task_data: found,
                deleted_by_user_id: owner.0.clone(),
                deleted_at: now,
                restorable_until: now.checked_add(self.policy.retention).unwrap_or(Timestamp::MAX),
            };
            let delete = Delete {
                deleted: deleted.clone(),
            };
            if let Effect::Won(()) = self.store.delete(owner, delete).await? {
                self.observer.became(TaskEffect::Deleted, 1);
                return Ok(deleted);
            }
        }
        Err(TaskError::Contended)
    }

    pub(crate) async fn list_deleted(
        &self,
        owner: &UserId,
        page: Page<DeletedCursor>,
    ) -> Result<Vec<DeletedTask>, TaskError> {
        Ok(self.store.list_deleted(owner, self.clock.now(), page).await?)
    }

    pub(crate) async fn restore(&self, owner: &UserId, id: TaskId) -> Result<Task, TaskError> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let found = self.store.find_deleted(owner, id, now).await?;
            let deleted = found.ok_or(TaskError::NotFound)?;
            if let Effect::Won(()) = self.store.restore(owner, &deleted, now).await? {
                self.observer.became(TaskEffect::Restored, 1);
                return Ok(deleted.task_data);
            }
        }
        Err(TaskError::Contended)
    }

    pub(crate) async fn remove(&self, owner: &UserId, id: TaskId) -> Result<(), TaskError> {
        match self.store.remove(owner, id, self.clock.now()).await? {
            Effect::Won(()) => {
                self.observer.became(TaskEffect::Removed, 1);
                Ok(())
            }
            Effect::Lost => Err(TaskError::NotFound),
        }
    }
}
