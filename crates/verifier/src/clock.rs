//! The time that decisions are made from: passed in, the system's unless a test says otherwise.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// What time it is, in two ways.
pub trait Clock: Send + Sync + 'static {
    /// Now, as tokens tell their times.
    fn now(&self) -> Timestamp;

    /// The time since some moment that stays the same: never goes back, whoever sets the clock. Ages are counted by it.
    fn elapsed(&self) -> Duration;
}

/// The system's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    since: Instant,
}

impl SystemClock {
    /// Counts from now on.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of this crate where the system's clock is read"
    )]
    pub fn new() -> Self {
        Self {
            since: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of this crate where the system's clock is read"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }
}
