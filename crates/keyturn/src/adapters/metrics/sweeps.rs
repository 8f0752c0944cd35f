//! What was swept.

use std::collections::HashMap;

use keyturn_core::service::{Swept, SweptKind};
use metrics::{Counter, Recorder, Unit};

const ROWS: &str = "keyturn_swept_rows_total";
const SWEEPS: &str = "keyturn_sweeps_total";

/// Counts what this process sweeps.
#[derive(Clone)]
pub(crate) struct SweepMetrics {
    rows: HashMap<SweptKind, Counter>,
    finished: Counter,
    failed: Counter,
}

impl SweepMetrics {
    /// Registers the metrics with a recorder.
    pub(crate) fn register(recorder: &dyn Recorder) -> Self {
        metrics::with_local_recorder(recorder, || {
            metrics::describe_counter!(
                ROWS,
                Unit::Count,
                "Rows that this process swept, by kind; of `overdue_sessions` the end was recorded, the others were removed"
            );
            metrics::describe_counter!(SWEEPS, Unit::Count, "Sweeps of this process, by result");
            Self {
                rows: SweptKind::ALL
                    .iter()
                    .map(|kind| (*kind, metrics::counter!(ROWS, "kind" => kind.as_str())))
                    .collect(),
                finished: metrics::counter!(SWEEPS, "result" => "finished"),
                failed: metrics::counter!(SWEEPS, "result" => "failed"),
            }
        })
    }

    /// Of a command, which nobody scrapes.
    pub(crate) fn unscraped() -> Self {
        Self {
            rows: HashMap::new(),
            finished: Counter::noop(),
            failed: Counter::noop(),
        }
    }

    pub(crate) fn swept(&self, swept: Swept) {
        if let Some(counter) = self.rows.get(&swept.kind) {
            counter.increment(swept.rows);
        }
    }

    pub(crate) fn finished(&self) {
        self.finished.increment(1);
    }

    pub(crate) fn failed(&self) {
        self.failed.increment(1);
    }
}
