//! Letters: what became of them.

use metrics::{Counter, Recorder, Unit};

const LETTERS: &str = "keyturn_mail_letters_total";

/// Counts letters; the default counts nothing.
#[derive(Clone)]
pub(crate) struct MailMetrics {
    sent: Counter,
    failed: Counter,
    dropped: Counter,
}

impl Default for MailMetrics {
    fn default() -> Self {
        Self {
            sent: Counter::noop(),
            failed: Counter::noop(),
            dropped: Counter::noop(),
        }
    }
}

impl MailMetrics {
    /// Registers the metrics with a recorder.
    pub(crate) fn register(recorder: &dyn Recorder) -> Self {
        metrics::with_local_recorder(recorder, || {
            metrics::describe_counter!(
                LETTERS,
                Unit::Count,
                "Letters by what became of them: sent, failed (given up after all tries), dropped (too many at once)"
            );
            Self {
                sent: metrics::counter!(LETTERS, "result" => "sent"),
                failed: metrics::counter!(LETTERS, "result" => "failed"),
                dropped: metrics::counter!(LETTERS, "result" => "dropped"),
            }
        })
    }

    /// The server, or the outbox, has it.
    pub(crate) fn sent(&self) {
        self.sent.increment(1);
    }

    /// It was given up.
    pub(crate) fn failed(&self) {
        self.failed.increment(1);
    }

    /// It was not even tried.
    pub(crate) fn dropped(&self) {
        self.dropped.increment(1);
    }
}
