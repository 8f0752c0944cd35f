//! The time, asked for once at the beginning of a use case and passed on from there.

use jiff::Timestamp;

/// Tells the time. Virtual in tests.
pub trait Clock: Send + Sync {
    /// The present moment, in whole microseconds: what a store gives back must be what it was given.
    fn now(&self) -> Timestamp;

    /// Whether the time can be relied on. While it can't, nobody is let in by it and no session ends by it: the answer is 503.
    fn is_reliable(&self) -> bool;
}
