//! The tasks: what became of them, and which requests were refused.

use std::collections::HashMap;

use keyturn_tasks::{Observer, PROBLEMS, TaskEffect};
use metrics::{Counter, Recorder, Unit};

const TASKS: &str = "keyturn_tasks_total";
const PROBLEMS_TOTAL: &str = "keyturn_tasks_problems_total";

/// Of who is gone with their account, which is a verifier's to say elsewhere.
const ENDED: &str = "session-ended";

/// Counts what becomes of tasks.
pub(crate) struct TaskMetrics {
    tasks: HashMap<TaskEffect, Counter>,
    problems: HashMap<&'static str, Counter>,
}

impl TaskMetrics {
    /// Registers the metrics with a recorder.
    pub(crate) fn register(recorder: &dyn Recorder) -> Self {
        metrics::with_local_recorder(recorder, || {
            metrics::describe_counter!(
                TASKS,
                Unit::Count,
                "Tasks by what became of them: created, deleted (can be restored), restored, removed (for good, by their owner), swept (past their retention), departed (with their account)"
            );
            metrics::describe_counter!(
                PROBLEMS_TOTAL,
                Unit::Count,
                "Answers of the tasks' own routes that are no success, by the `code` of their problem"
            );
            let codes = PROBLEMS.iter().map(|(code, ..)| *code).chain([ENDED]);
            Self {
                tasks: TaskEffect::ALL
                    .iter()
                    .map(|effect| (*effect, metrics::counter!(TASKS, "effect" => effect.as_str())))
                    .collect(),
                problems: codes
                    .map(|code| (code, metrics::counter!(PROBLEMS_TOTAL, "code" => code)))
                    .collect(),
            }
        })
    }
}

impl Observer for TaskMetrics {
    fn became(&self, effect: TaskEffect, tasks: u64) {
        if let Some(counter) = self.tasks.get(&effect) {
            counter.increment(tasks);
        }
    }

    fn refused(&self, code: &'static str) {
        if let Some(counter) = self.problems.get(code) {
            counter.increment(1);
        }
    }
}
