//! What a store's writer counts: how long it lets commands wait, how many share a commit, how long a commit takes.
//!
//! **The rule**: handles are registered once, with the recorder that was given; without one they count nothing. No commit
//! allocates or formats for them.
//!
//! **The caveat**: how long something takes is measured by the system's monotonic clock, also under the virtual clock; nothing is
//! decided by it.

use metrics::{Counter, Gauge, Histogram, Recorder, Unit};
use tokio::time::Instant;

/// Commands that wait for the writer.
const QUEUE: &str = "keyturn_store_queue_commands";
/// Commands refused.
const REFUSED: &str = "keyturn_store_refused_total";
/// Commands that shared a commit.
const BATCH: &str = "keyturn_store_batch_commands";
/// Duration of a batch.
const COMMIT: &str = "keyturn_store_commit_seconds";
/// Commits that failed.
const FAILED: &str = "keyturn_store_failed_commits_total";

/// Counts what a writer does; the default counts nothing.
#[derive(Debug, Clone)]
pub struct WriterMetrics {
    queue: Gauge,
    refused: Counter,
    batch: Histogram,
    commit: Histogram,
    failed: Counter,
}

impl Default for WriterMetrics {
    fn default() -> Self {
        Self {
            queue: Gauge::noop(),
            refused: Counter::noop(),
            batch: Histogram::noop(),
            commit: Histogram::noop(),
            failed: Counter::noop(),
        }
    }
}

impl WriterMetrics {
    /// Registers the metrics with a recorder.
    pub fn register(recorder: &dyn Recorder) -> Self {
        metrics::with_local_recorder(recorder, || {
            metrics::describe_gauge!(
                QUEUE,
                Unit::Count,
                "Writes that wait for the writer or are at its hands"
            );
            metrics::describe_counter!(
                REFUSED,
                Unit::Count,
                "Writes refused because the queue was full or the writer gone"
            );
            metrics::describe_histogram!(BATCH, Unit::Count, "Writes that shared one commit");
            metrics::describe_histogram!(
                COMMIT,
                Unit::Seconds,
                "One batch: its statements and the wait for the disk"
            );
            metrics::describe_counter!(
                FAILED,
                Unit::Count,
                "Batches that could not be begun or committed"
            );
            Self {
                queue: metrics::gauge!(QUEUE),
                refused: metrics::counter!(REFUSED),
                batch: metrics::histogram!(BATCH),
                commit: metrics::histogram!(COMMIT),
                failed: metrics::counter!(FAILED),
            }
        })
    }

    /// About to be queued.
    pub(crate) fn queued(&self) {
        self.queue.increment(1.0);
    }

    /// Queued in vain.
    pub(crate) fn refused(&self) {
        self.queue.decrement(1.0);
        self.refused.increment(1);
    }

    /// A batch came to nothing, or has to be run again command by command.
    pub(crate) fn failed(&self) {
        self.failed.increment(1);
    }

    /// A batch begins.
    pub(crate) fn batch(&self, commands: usize) -> Running<'_> {
        Running {
            metrics: self,
            commands: u32::try_from(commands).unwrap_or(u32::MAX).into(),
            began: Instant::now(),
        }
    }
}

/// A batch at the writer's hands. Dropped by a panic or by its end, it leaves the queue all the same.
pub(crate) struct Running<'a> {
    metrics: &'a WriterMetrics,
    commands: f64,
    began: Instant,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.metrics.queue.decrement(self.commands);
        self.metrics.batch.record(self.commands);
        self.metrics.commit.record(self.began.elapsed());
    }
}
