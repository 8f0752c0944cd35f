//! Counting attempts: the store keeps the buckets, [`crate::throttle::decide`] says what they mean.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use crate::throttle::{Hit, Wait};

/// What became of an attempt that was to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountOutcome {
    /// It is counted in all of its lanes.
    Counted,
    /// A lane is full: it is counted in none, and may be made after this time.
    Wait(Wait),
}

/// How often passwords were tried: a fixed number of buckets.
#[async_trait]
pub trait ThrottleStore: Send + Sync {
    /// Counts an attempt in all of these lanes or in none, as [`crate::throttle::decide`] says.
    async fn count_attempt(&self, hits: Vec<Hit>, now: Timestamp) -> Result<CountOutcome, StoreError>;
}
