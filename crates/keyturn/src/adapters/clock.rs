//! The time: the system's, or one that can be moved.

use std::sync::{Mutex, PoisonError};

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

/// One that can be moved forward: for tests, which say exactly when things happen, and for the demo, whose hours pass at a click.
pub(crate) struct VirtualClock {
    /// Where it stands; `None` where it goes as the system's does.
    stands_at: Option<Timestamp>,
    moved: Mutex<SignedDuration>,
}

impl VirtualClock {
    /// Stands still at this moment until it is moved.
    pub(crate) const fn starting_at(now: Timestamp) -> Self {
        Self {
            stands_at: Some(now),
            moved: Mutex::new(SignedDuration::ZERO),
        }
    }

    /// Goes as the system's does, ahead of it by what it is moved.
    pub(crate) const fn running() -> Self {
        Self {
            stands_at: None,
            moved: Mutex::new(SignedDuration::ZERO),
        }
    }

    /// Moves it forward. Answers the new time; `None` past the end of time.
    pub(crate) fn advance(&self, by: SignedDuration) -> Option<Timestamp> {
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        let further = moved.checked_add(by)?;
        let now = whole_micros(self.unmoved().checked_add(further).ok()?);
        *moved = further;
        Some(now)
    }

    fn unmoved(&self) -> Timestamp {
        self.stands_at.unwrap_or_else(|| SystemClock.now())
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let moved = *self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.unmoved().checked_add(moved);
        now.map_or(Timestamp::MAX, whole_micros)
    }

    fn is_reliable(&self) -> bool {
        true
    }
}

pub(super) fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
