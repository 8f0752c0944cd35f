//! A clock that stands until a test moves it.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use keyturn_core::ports::Clock;

/// Stands at 2026-01-01T00:00:00Z until it is moved, in whole microseconds.
#[derive(Debug)]
pub struct ManualClock {
    micros: AtomicI64,
    unreliable: AtomicBool,
}

impl ManualClock {
    /// Where every clock starts: 2026-01-01T00:00:00Z, in microseconds.
    const START: i64 = 1_767_225_600_000_000;

    /// A clock at the start.
    pub const fn new() -> Self {
        Self {
            micros: AtomicI64::new(Self::START),
            unreliable: AtomicBool::new(false),
        }
    }

    /// Moves it to `time`, forward or back.
    pub fn set(&self, time: Timestamp) {
        self.micros.store(time.as_microsecond(), Ordering::SeqCst);
    }

    /// Makes it say that it can't be relied on, or that it can.
    pub fn set_reliable(&self, reliable: bool) {
        self.unreliable.store(!reliable, Ordering::SeqCst);
    }

    /// Moves it by `step`, of which whole microseconds count, and answers the new time.
    pub fn advance(&self, step: SignedDuration) -> Timestamp {
        let micros = i64::try_from(step.as_micros()).expect("a step within the range of times");
        self.micros.fetch_add(micros, Ordering::SeqCst);
        self.now()
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.micros.load(Ordering::SeqCst))
            .expect("a clock within the range of times")
    }

    fn is_reliable(&self) -> bool {
        !self.unreliable.load(Ordering::SeqCst)
    }
}
