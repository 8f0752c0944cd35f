//! What is counted of followers.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Recorder, Unit};

const FOLLOWERS: &str = "keyturn_feed_followers";
const REFUSED: &str = "keyturn_feed_refused_total";
const EVENTS: &str = "keyturn_feed_events_total";
const LAG: &str = "keyturn_feed_lag_seconds";

/// The counters of the feed.
#[derive(Debug)]
pub(super) struct FeedMetrics {
    followers: Gauge,
    refused: Counter,
    events: Counter,
    lag: Histogram,
}

impl FeedMetrics {
    /// Registers them.
    pub(super) fn register(recorder: &dyn Recorder) -> Self {
        metrics::with_local_recorder(recorder, || {
            metrics::describe_gauge!(
                FOLLOWERS,
                Unit::Count,
                "Services that follow changes, at most `revocation.max_followers`"
            );
            metrics::describe_counter!(
                REFUSED,
                Unit::Count,
                "Services refused because `revocation.max_followers` followed"
            );
            metrics::describe_counter!(EVENTS, Unit::Count, "Changes handed to followers");
            metrics::describe_histogram!(
                LAG,
                Unit::Seconds,
                "From the moment when this node heard of a change to handing it to a follower that keeps up"
            );
            Self {
                followers: metrics::gauge!(FOLLOWERS),
                refused: metrics::counter!(REFUSED),
                events: metrics::counter!(EVENTS),
                lag: metrics::histogram!(LAG),
            }
        })
    }

    pub(super) fn joined(&self) {
        self.followers.increment(1.0);
    }

    pub(super) fn left(&self) {
        self.followers.decrement(1.0);
    }

    pub(super) fn refused(&self) {
        self.refused.increment(1);
    }

    /// A change was handed to a follower; so late, where it kept up.
    pub(super) fn handed(&self, lag: Option<Duration>) {
        self.events.increment(1);
        if let Some(lag) = lag {
            self.lag.record(lag);
        }
    }
}
