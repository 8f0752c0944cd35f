//! How long to wait before the next try.
//!
//! **The rule**: at once the first time, since what is known grows old meanwhile; then twice as long each time, with a share of chance, so that a thousand services
//! do not come back to a node that has just started in one moment; never less than the node asks for.

use std::time::Duration;

/// The longest wait of one's own.
const MOST: Duration = Duration::from_secs(5);

/// The longest wait that a node may ask for.
const MOST_ASKED: Duration = Duration::from_secs(60);

/// The wait after the first try, before chance.
const FIRST: Duration = Duration::from_millis(100);

/// Tries since the last success.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It worked.
    pub(super) const fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait now; `asked` by the node, `chance` any number.
    pub(super) fn after_failure(&mut self, asked: Option<Duration>, chance: u64) -> Duration {
        let most = FIRST.saturating_mul(1 << self.failures.min(10)).min(MOST);
        self.failures = self.failures.saturating_add(1);
        let least = asked.unwrap_or_default().min(MOST_ASKED);
        let span = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
        least + Duration::from_micros(chance % span.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_honour_what_is_asked() {
        let mut backoff = Backoff::default();
        let mut longest = |asked| backoff.after_failure(asked, u64::MAX - 615).as_millis();
        let waits: Vec<_> = (0..9).map(|_| longest(None)).collect();
        assert!(waits.iter().all(|wait| *wait <= 5000), "{waits:?}");
        let asked = Some(Duration::from_secs(7));
        assert!(longest(asked) >= 7000);
        assert!(longest(Some(Duration::from_secs(86_400))) <= 65_000);
        backoff.reset();
        assert!(backoff.after_failure(None, u64::MAX) < FIRST);
        assert_eq!(Backoff::default().after_failure(asked, 0), Duration::from_secs(7));
    }
}
