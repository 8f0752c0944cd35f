//! Random bytes for ids that are no secret, drawn many at a time: each draw is a call into the system's kernel.
//!
//! **The rule**: only for what anybody may know: ids of requests and of access tokens, and attempt ids, which are compared but
//! prove nothing. What must not be guessed (nonces, cookies, keys) is drawn when it is needed and lies in no memory before.

use std::sync::{Arc, Mutex, PoisonError};

use crate::ports::Entropy;

/// Bytes that are drawn at once: enough for some forty ids.
const DRAWN: usize = 512;

/// A supply of random bytes, each given out once.
pub(super) struct IdBytes {
    source: Arc<dyn Entropy>,
    supply: Mutex<Vec<u8>>,
}

impl IdBytes {
    /// Draws from this source, when it is first asked.
    pub(super) fn of(source: Arc<dyn Entropy>) -> Self {
        Self {
            source,
            supply: Mutex::default(),
        }
    }
}

impl Entropy for IdBytes {
    fn fill(&self, buffer: &mut [u8]) {
        let mut supply = self.supply.lock().unwrap_or_else(PoisonError::into_inner);
        for slot in buffer {
            if supply.is_empty() {
                let mut drawn = vec![0; DRAWN];
                self.source.fill(&mut drawn);
                *supply = drawn;
            }
            *slot = supply.pop().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Counts up, eight bytes a number.
    #[derive(Default)]
    struct Counting(AtomicU64);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for chunk in buffer.chunks_mut(8) {
                let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
                chunk.copy_from_slice(number.get(..chunk.len()).unwrap());
            }
        }
    }

    #[test]
    fn every_byte_is_given_out_once() {
        let ids = IdBytes::of(Arc::new(Counting::default()));
        let mut given = Vec::new();
        for length in [16, 10, 3, 500, 600, 7] {
            let mut id = vec![0; length];
            ids.fill(&mut id);
            given.extend(id);
        }
        let (drawn, mut expected) = (Counting::default(), Vec::new());
        while expected.len() < given.len() {
            let mut at_once = [0; DRAWN];
            drawn.fill(&mut at_once);
            expected.extend(at_once.into_iter().rev());
        }
        expected.truncate(given.len());
        assert_eq!(given, expected);
    }
}
