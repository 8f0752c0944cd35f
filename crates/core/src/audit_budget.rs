//! How much of a flood is written down: so that whoever guesses passwords at full speed can neither fill the disk nor go unseen.
//!
//! **The rule**: of what a full lane turned away, one event for each bucket and refill period; of these, and of failures that came
//! as far as a password, of services that were turned away, and of old tokens of ended sessions, a thousand at once and then one a second. What is not
//! written is counted, and the next event says the number. Whether a failure is written depends on nothing but time and how many there were: a wrong password and an unknown
//! account cost the same writes, so that how long an answer took tells nothing (ASVS 5.0 V6.3.8).
//!
//! **The caveat**: it counts in this process. Several nodes write as many times as much; a restart forgets what was not written.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::throttle::{BucketId, Limit, Wait, fill, later};

/// Failures that are written: some 15 MB a day at most.
const WRITTEN: Limit = Limit::new(1_000, SignedDuration::from_secs(1));

/// How many events of failure may be written, and how many were not.
#[derive(Debug, Default)]
pub struct AuditBudget(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: Purse,
    services: Purse,
    throttled: Purse,
    stale: Purse,
    /// A bucket's next event, and the attempts since its last one. As many as there are buckets at most.
    buckets: BTreeMap<BucketId, (Timestamp, u64)>,
}

#[derive(Debug, Default)]
struct Purse {
    drained_at: Option<Timestamp>,
    unwritten: u64,
}

impl AuditBudget {
    /// Whether a failure is written: with it, how many before it were not.
    pub fn failure(&self, now: Timestamp) -> Option<u64> {
        self.with(|state| state.failures.spend(0, now))
    }

    /// Whether it is written that a service was turned away: with it, how many before it were not. Apart from people's failures: a program with
    /// yesterday's secret asks all day, and must not hide who guesses passwords.
    pub fn service(&self, now: Timestamp) -> Option<u64> {
        self.with(|state| state.services.spend(0, now))
    }

    /// Whether it is written that a full lane turned an attempt away: with it, how many before it were not.
    pub fn throttled(&self, wait: &Wait, now: Timestamp) -> Option<u64> {
        self.with(|state| {
            let (next, unwritten) = state.buckets.get(&wait.bucket).copied().unwrap_or((now, 0));
            let due = next <= now || next.duration_since(now) > wait.limit.refill;
            let written = due.then(|| state.throttled.spend(unwritten, now)).flatten();
            let kept = match (due, written) {
                // What the purse could not pay for is counted there.
                (true, _) => (later(now, wait.limit.refill), 0),
                (false, _) => (next, unwritten.saturating_add(1)),
            };
            state.buckets.insert(wait.bucket, kept);
            written
        })
    }

    /// Whether it is written that an old token of a session that is over was presented: with it, how many before it were not.
    pub fn stale(&self, now: Timestamp) -> Option<u64> {
        self.with(|state| state.stale.spend(0, now))
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Purse {
    /// Takes one event out; where there is none, counts it with the `unwritten` ones that it would have told of.
    fn spend(&mut self, unwritten: u64, now: Timestamp) -> Option<u64> {
        let untold = self.unwritten.saturating_add(unwritten);
        let (missing, drained_at) = fill(WRITTEN, self.drained_at, now);
        if missing > SignedDuration::ZERO {
            self.unwritten = untold.saturating_add(1);
            return None;
        }
        self.drained_at = Some(drained_at);
        self.unwritten = 0;
        Some(untold)
    }
}
