//! Connections of people and applications; those of the ops listener are not counted.

use metrics::{Counter, Gauge, Recorder, Unit};

const OPEN: &str = "keyturn_connections_open";
const ACCEPTED: &str = "keyturn_connections_accepted_total";
const BROKEN: &str = "keyturn_connections_broken_total";

/// Counts connections; the default counts nothing.
#[derive(Clone)]
pub(crate) struct ConnectionMetrics {
    open: Gauge,
    accepted: Counter,
    broken: Counter,
}

impl Default for ConnectionMetrics {
    fn default() -> Self {
        Self {
            open: Gauge::noop(),
            accepted: Counter::noop(),
            broken: Counter::noop(),
        }
    }
}

impl ConnectionMetrics {
    /// Registers the metrics with a recorder.
    pub(crate) fn register(recorder: &dyn Recorder) -> Self {
        metrics::with_local_recorder(recorder, || {
            metrics::describe_gauge!(
                OPEN,
                Unit::Count,
                "Open connections, at most `http.max_connections`"
            );
            metrics::describe_counter!(ACCEPTED, Unit::Count, "Connections accepted");
            metrics::describe_counter!(
                BROKEN,
                Unit::Count,
                "Connections that ended by an error or a time-out"
            );
            Self {
                open: metrics::gauge!(OPEN),
                accepted: metrics::counter!(ACCEPTED),
                broken: metrics::counter!(BROKEN),
            }
        })
    }

    /// One was accepted; it is open until what this answers is dropped.
    pub(crate) fn accepted(&self) -> Open {
        self.accepted.increment(1);
        self.open.increment(1.0);
        Open(self.clone())
    }
}

/// A connection.
pub(crate) struct Open(ConnectionMetrics);

impl Open {
    /// It ended by an error or a time-out.
    pub(crate) fn broken(&self) {
        self.0.broken.increment(1);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.decrement(1.0);
    }
}
