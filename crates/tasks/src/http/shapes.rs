//! JSON as it travels, beside the tasks themselves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::json::present;
use crate::fields::{Change, Draft};
use crate::model::{DeletedTask, Task, TaskId};

/// A task to be created.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTask, example = json!({ "title": "Buy milk", "due_at": "2026-01-02T12:00:00Z" }))]
pub(super) struct NewTaskBody {
    /// A line of 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// At most 10,000 characters.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    notes: String,
    /// Whether it is done already.
    #[serde(default)]
    completed: bool,
    /// When it is due.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
}

impl From<NewTaskBody> for Draft {
    fn from(body: NewTaskBody) -> Self {
        Self {
            title: body.title,
            notes: body.notes,
            completed: body.completed,
            due_at: body.due_at,
        }
    }
}

/// What is to be another in a task; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskChange, example = json!({ "completed": true }))]
pub(super) struct TaskChangeBody {
    /// A line of 1 to 200 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    title: Option<String>,
    /// At most 10,000 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 10_000)]
    notes: Option<String>,
    /// Whether it is done.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    completed: Option<bool>,
    /// When it is due; `null` for no time.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Option<Timestamp>>,
}

impl From<TaskChangeBody> for Change {
    fn from(body: TaskChangeBody) -> Self {
        Self {
            title: body.title,
            notes: body.notes,
            completed: body.completed,
            due_at: body.due_at,
        }
    }
}

/// A page of tasks, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct TaskPage {
    pub(super) items: Vec<Task>,
    /// The next page's `cursor`; null on the last.
    #[schema(value_type = Option<uuid::Uuid>, required = true)]
    pub(super) next: Option<TaskId>,
}

/// A page of deleted tasks, the last deleted first.
#[derive(Serialize, ToSchema)]
pub(super) struct DeletedTaskPage {
    pub(super) items: Vec<DeletedTask>,
    /// The next page's `cursor`; null on the last.
    #[schema(required = true)]
    pub(super) next: Option<String>,
}

/// A page of the list of tasks.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TaskQuery {
    /// Only tasks that are done, or that are not.
    pub(super) completed: Option<bool>,
    /// A part of title or notes, 1 to 200 characters; case does not count.
    #[param(min_length = 1, max_length = 200)]
    pub(super) q: Option<String>,
    /// `next` of the page before.
    #[param(value_type = Option<uuid::Uuid>)]
    pub(super) cursor: Option<TaskId>,
    /// How many, 1 to 100; 50 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    pub(super) limit: Option<u32>,
}

/// A page of the list of deleted tasks.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeletedTaskQuery {
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// How many, 1 to 100; 50 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    pub(super) limit: Option<u32>,
}

/// Which task.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes the parameter")]
pub(super) struct TaskPath {
    /// The task's id.
    id: uuid::Uuid,
}

/// Which deleted task.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes the parameter")]
pub(super) struct DeletedTaskPath {
    /// The id that the task had: `original_task_id`.
    id: uuid::Uuid,
}

/// The version that is changed.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes the parameter")]
pub(super) struct IfMatchHeader {
    /// The `ETag` of the task as it was seen, or `*` to change it whatever it is by now.
    #[param(
        rename = "if-match",
        pattern = r#"^(\*|"[1-9][0-9]{0,17}")$"#,
        example = "\"3\""
    )]
    version: String,
}

/// The version that is deleted, where that matters.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes the parameter")]
pub(super) struct OptionalIfMatchHeader {
    /// The `ETag` of the task as it was seen: without it, whatever it is by now.
    #[param(
        rename = "if-match",
        pattern = r#"^(\*|"[1-9][0-9]{0,17}")$"#,
        example = "\"3\""
    )]
    version: Option<String>,
}
