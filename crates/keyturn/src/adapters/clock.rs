//! The time: the system's, or one that stands still until a test moves it.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use keyturn_core::ports::Clock;

/// The system's clock, in whole microseconds.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where the time comes from"
    )]
    fn now(&self) -> Timestamp {
        whole_micros(Timestamp::now())
    }

    /// There is no other to compare it with.
    fn is_reliable(&self) -> bool {
        true
    }
}

/// Begins at the system's time and stands still until it is moved, so that a test says exactly when things happen.
pub(crate) struct VirtualClock(Mutex<Timestamp>);

impl VirtualClock {
    /// Begins at this moment.
    pub(crate) const fn starting_at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves it forward. Answers the new time; `None` past the end of time.
    pub(crate) fn advance(&self, by: SignedDuration) -> Option<Timestamp> {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = whole_micros(now.checked_add(by).ok()?);
        Some(*now)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn is_reliable(&self) -> bool {
        true
    }
}

pub(super) fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
