//! Which of several keys is used when. Every node comes to the same answer from the same rows, without a word to the others.
//!
//! **The rule**: a key is published before it is used, so that whoever verifies knows it by then; one at a time is used; and the one
//! before it stays good until the last thing that it made has ended (NIST SP 800-57 part 1 §5.3: originator and recipient usage periods).
//!
//! **The caveat**: clocks differ. A node behind the others uses the old key a little longer, and a node ahead the new one a little
//! earlier: all of them know both, and [`MARGIN`] is added to what the old one may have made.

use jiff::{SignedDuration, Timestamp};

/// Added to the life of what a key has made: clocks of nodes differ.
pub const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// The times of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTimes {
    /// From when on it is used.
    pub signs_from: Timestamp,
    /// How long what the one before it has made can live.
    pub predecessor_until: Timestamp,
}

impl KeyTimes {
    /// The key that is there from the beginning.
    pub const FIRST: Self = Self {
        signs_from: Timestamp::MIN,
        predecessor_until: Timestamp::MIN,
    };

    /// A key that is published now: used after `period`, and the one before it good for `life` longer.
    pub fn published(now: Timestamp, period: SignedDuration, life: SignedDuration) -> Self {
        let later = |time: Timestamp, by| time.saturating_add(by).unwrap_or(Timestamp::MAX);
        let signs_from = later(now, period);
        Self {
            signs_from,
            predecessor_until: later(later(signs_from, life), MARGIN),
        }
    }
}

/// What a key does at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyDuty {
    /// Shown, so that it is known; used from this time on.
    Published {
        /// When it will be used.
        signs_from: Timestamp,
    },
    /// Used for everything new.
    Signing,
    /// Good for what it made before, until then.
    Verifying {
        /// When the last of it has ended.
        until: Timestamp,
    },
    /// Nothing that it made lives.
    Over,
}

/// What each of these keys does at `now`. They stand in the order of their `signs_from`.
pub fn duties(keys: &[KeyTimes], now: Timestamp) -> Vec<KeyDuty> {
    let successors = keys.iter().skip(1).map(Some).chain([None]);
    keys.iter()
        .zip(successors)
        .map(|(key, successor)| duty(key, successor, now))
        .collect()
}

fn duty(key: &KeyTimes, successor: Option<&KeyTimes>, now: Timestamp) -> KeyDuty {
    match successor {
        _ if now < key.signs_from => KeyDuty::Published {
            signs_from: key.signs_from,
        },
        Some(next) if now >= next.predecessor_until => KeyDuty::Over,
        Some(next) if now >= next.signs_from => KeyDuty::Verifying {
            until: next.predecessor_until,
        },
        _ => KeyDuty::Signing,
    }
}
