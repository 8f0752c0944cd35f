//! The hash threads: what waits, what is worked on, how long it takes.

use std::time::Instant;

use metrics::{Counter, Gauge, Histogram, Recorder, Unit};

const QUEUE: &str = "keyturn_hash_queue_jobs";
const BUSY: &str = "keyturn_hash_busy_threads";
const DURATION: &str = "keyturn_hash_seconds";
const REFUSED: &str = "keyturn_hash_refused_total";

/// Counts hashing; the default counts nothing.
#[derive(Clone)]
pub(crate) struct HashMetrics {
    queue: Gauge,
    busy: Gauge,
    duration: Histogram,
    refused: Counter,
}

impl Default for HashMetrics {
    fn default() -> Self {
        Self {
            queue: Gauge::noop(),
            busy: Gauge::noop(),
            duration: Histogram::noop(),
            refused: Counter::noop(),
        }
    }
}

impl HashMetrics {
    /// Registers the metrics with a recorder.
    pub(crate) fn register(recorder: &dyn Recorder) -> Self {
        metrics::with_local_recorder(recorder, || {
            metrics::describe_gauge!(QUEUE, Unit::Count, "Passwords that wait to be hashed");
            metrics::describe_gauge!(BUSY, Unit::Count, "Hash threads at work");
            metrics::describe_histogram!(
                DURATION,
                Unit::Seconds,
                "One password hashed or verified, without its wait"
            );
            metrics::describe_counter!(
                REFUSED,
                Unit::Count,
                "Passwords refused because the queue was full"
            );
            Self {
                queue: metrics::gauge!(QUEUE),
                busy: metrics::gauge!(BUSY),
                duration: metrics::histogram!(DURATION),
                refused: metrics::counter!(REFUSED),
            }
        })
    }

    /// So many wait now.
    #[expect(
        clippy::cast_precision_loss,
        reason = "the queue is bounded by a few thousand"
    )]
    pub(crate) fn waiting(&self, jobs: usize) {
        self.queue.set(jobs as f64);
    }

    /// The queue was full.
    pub(crate) fn refused(&self) {
        self.refused.increment(1);
    }

    /// A thread begins to work; it does until what this answers is dropped.
    #[expect(
        clippy::disallowed_methods,
        reason = "an adapter measures; nothing is decided by it"
    )]
    pub(crate) fn working(&self) -> Working<'_> {
        self.busy.increment(1.0);
        Working {
            metrics: self,
            began: Instant::now(),
        }
    }
}

/// A job at a thread's hands.
pub(crate) struct Working<'a> {
    metrics: &'a HashMetrics,
    began: Instant,
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.metrics.busy.decrement(1.0);
        self.metrics.duration.record(self.began.elapsed());
    }
}
