//! Effects on throttles.

use jiff::Timestamp;
use keyturn_core::ports::CountOutcome;
use keyturn_core::throttle::{Decision, Hit, decide, give_back};

use super::state::State;

impl State {
    pub(super) fn count_attempt(&mut self, hits: &[Hit], now: Timestamp) -> CountOutcome {
        let drained_at = |hit: &Hit| self.throttles.get(&hit.bucket).copied();
        let lanes: Vec<_> = hits.iter().map(|hit| (*hit, drained_at(hit))).collect();
        match decide(&lanes, now) {
            Decision::Wait(wait) => CountOutcome::Wait(wait),
            Decision::Allow(buckets) => {
                self.throttles.extend(buckets);
                CountOutcome::Counted
            }
        }
    }

    /// Takes these hits back.
    pub(super) fn take_back(&mut self, hits: &[Hit], now: Timestamp) {
        for hit in hits {
            let drained_at = give_back(hit, self.throttles.get(&hit.bucket).copied(), now);
            self.throttles.insert(hit.bucket, drained_at);
        }
    }
}
