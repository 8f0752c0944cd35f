//! The database's time, by which all nodes judge: the system's clock, corrected by the offset that the store measures.
//!
//! **The rule**: a measurement is good for [`GOOD_FOR`], by the system's clock and by one that nobody sets. Where the two disagree
//! by more than [`STEP`], the system's clock was set or the machine was asleep, and nothing is judged until the next measurement.
//!
//! **The caveat**: the offset is known up to half a round trip to the database, milliseconds beside windows of seconds.

use std::sync::OnceLock;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use keyturn_core::ports::Clock;

use super::clock::{SystemClock, whole_micros};

/// How long a measurement is relied on. A quartz drifts by some milliseconds in that time; a store measures far more often.
const GOOD_FOR: SignedDuration = SignedDuration::from_secs(60);
/// How far the two clocks of this machine may be apart since the measurement: more than they drift, less than any window.
const STEP: SignedDuration = SignedDuration::from_secs(1);

/// How far the database's clock is ahead of this machine's, and when that was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// To be added to the system's time.
    pub(crate) offset: SignedDuration,
    /// The system's time then.
    pub(crate) system: Timestamp,
    /// How long ago that was, by a clock that nobody sets.
    pub(crate) age: Duration,
}

type Source = Box<dyn Fn() -> Option<Measured> + Send + Sync>;

/// Follows the database's clock once it has a store to ask.
#[derive(Default)]
pub(crate) struct DatabaseClock(OnceLock<Source>);

impl DatabaseClock {
    /// From now on asks `source` for the last measurement. The first source stays.
    pub(crate) fn follow(&self, source: impl Fn() -> Option<Measured> + Send + Sync + 'static) {
        self.0.get_or_init(|| Box::new(source));
    }

    fn measured(&self) -> Option<Measured> {
        self.0.get().and_then(|source| source())
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        let system = SystemClock.now();
        let offset = self
            .measured()
            .map_or(SignedDuration::ZERO, |measured| measured.offset);
        whole_micros(system.saturating_add(offset).unwrap_or(system))
    }

    fn is_reliable(&self) -> bool {
        self.measured().is_some_and(|measured| {
            let by_system = SystemClock.now().duration_since(measured.system);
            is_good(by_system, measured.age)
        })
    }
}

/// Whether a measurement of this age, by either clock, may be relied on.
fn is_good(by_system: SignedDuration, monotonic: Duration) -> bool {
    let Ok(monotonic) = SignedDuration::try_from(monotonic) else {
        return false;
    };
    let apart = by_system.saturating_sub(monotonic).abs();
    monotonic <= GOOD_FOR && by_system <= GOOD_FOR && apart <= STEP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_good_while_both_clocks_agree_that_it_is_young() {
        for (case, by_system, monotonic, good) in [
            ("just now", 0, 0, true),
            ("a while ago", 30_000, 30_000, true),
            ("at its end", 60_000, 60_000, true),
            ("past its end", 60_001, 60_001, false),
            ("drift", 30_900, 30_000, true),
            ("set forward", 3_600_000, 5_000, false),
            ("set forward a little", 6_001, 5_000, false),
            ("set back", -3_600_000, 5_000, false),
            ("set back a little", 3_999, 5_000, false),
            ("the machine was asleep", 50_000, 5_000, false),
        ] {
            let (by_system, monotonic) = (
                SignedDuration::from_millis(by_system),
                Duration::from_millis(monotonic),
            );
            assert_eq!(is_good(by_system, monotonic), good, "{case}");
        }
    }

    #[test]
    fn without_a_measurement_the_clock_is_not_relied_on() {
        let clock = DatabaseClock::default();
        assert!(!clock.is_reliable());
        clock.follow(|| None);
        assert!(!clock.is_reliable());
    }

    #[test]
    fn the_offset_is_added() {
        let clock = DatabaseClock::default();
        let measured = Measured {
            offset: SignedDuration::from_hours(1),
            system: SystemClock.now(),
            age: Duration::ZERO,
        };
        clock.follow(move || Some(measured));
        assert!(clock.is_reliable());
        let ahead = clock.now().duration_since(measured.system);
        assert!(ahead >= measured.offset, "{ahead}");
    }
}
