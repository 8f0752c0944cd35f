//! A task, live and deleted. Their JSON is what clients are sent, and what is kept of a deleted task.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::{Builder, Uuid};

use crate::ports::Entropy;

/// Whose tasks: the account's id as its access tokens name it (`sub`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub String);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A task's id, a UUIDv7: later tasks have higher ones. It opens nothing by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub Uuid);

impl TaskId {
    /// A fresh one (RFC 9562 §5.7).
    pub fn generate(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut random = [0u8; 10];
        entropy.fill(&mut random);
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Self(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for TaskId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Task {
    /// Names it, for its owner alone.
    #[schema(value_type = Uuid)]
    pub id: TaskId,
    /// What is to be done, in a line.
    pub title: String,
    /// Anything else about it; empty where there is nothing.
    pub notes: String,
    /// Whether it is done.
    pub completed: bool,
    /// When it is due, where that was said.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    pub due_at: Option<Timestamp>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Counts its changes from 1 up. In quotes it is the task's `ETag`.
    pub version: i64,
}

impl Task {
    /// Title and notes as they are searched: in lower case.
    pub fn folded(&self) -> String {
        fold(&format!("{}\n{}", self.title, self.notes))
    }
}

/// Lower case, the same on every engine.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// A task that was deleted and can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeletedTask {
    /// The id that it had, and has again once it is restored.
    #[schema(value_type = Uuid)]
    pub original_task_id: TaskId,
    /// The task as it was.
    pub task_data: Task,
    /// Who deleted it.
    pub deleted_by_user_id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub deleted_at: Timestamp,
    /// From this moment on it is gone for good.
    #[schema(value_type = String, format = DateTime)]
    pub restorable_until: Timestamp,
}

impl DeletedTask {
    /// Whether it can still be restored.
    pub fn is_restorable(&self, now: Timestamp) -> bool {
        now < self.restorable_until
    }
}
