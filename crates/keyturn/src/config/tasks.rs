//! The section of the task application.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Config;
use super::values::Period;

/// Tasks, below `/api/tasks`: the application that Keyturn brings along, to be used or to be copied from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TasksConfig {
    /// Whether the routes exist. The tasks themselves stay where they are; those of deleted accounts go when it is switched on again.
    pub(crate) enabled: bool,
    /// How long a deleted task can be restored. Holds for what is deleted from then on.
    pub(crate) retention: Period,
    /// What protects requests with cookies against forgery: `origin`, where they come from; `token`, the CSRF token as well, as on `/auth/*`.
    pub(crate) csrf: TasksCsrf,
}

/// What protects requests with cookies against forgery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TasksCsrf {
    /// Where they come from.
    Origin,
    /// The CSRF token as well.
    Token,
}

impl Default for TasksConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            retention: Period(SignedDuration::from_hours(24 * 30)),
            csrf: TasksCsrf::Origin,
        }
    }
}

/// Refuses a time in which nobody can restore anything, and one past which there is no calendar.
pub(super) fn check(config: &Config, wrong: &mut Vec<String>) {
    let retention = config.tasks.retention;
    let sensible = SignedDuration::from_mins(1)..=SignedDuration::from_hours(24 * 3650);
    if !sensible.contains(&retention.0) {
        wrong.push(format!("tasks.retention ({retention}) must be from 1m to 3650d"));
    }
}
