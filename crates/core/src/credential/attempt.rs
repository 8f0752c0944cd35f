//! The `Idempotency-Key` of clients without cookies: the same attempt repeated gets the same answer.

use std::fmt;

use subtle::ConstantTimeEq;

use super::keys::{Keys, MacKey};
use crate::ports::Entropy;

/// Names one try of ours to rotate, so that a commit with an unknown outcome is recognised on reading again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptId(pub [u8; 16]);

impl AttemptId {
    /// A fresh one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0u8; 16];
        entropy.fill(&mut bytes);
        Self(bytes)
    }
}

/// What a session keeps of the key that made its current generation.
#[expect(
    clippy::derived_hash_with_manual_eq,
    reason = "equal values hash alike: only the timing of the comparison is our own"
)]
#[derive(Debug, Clone, Copy, Eq, Hash)]
pub struct AttemptHash(pub [u8; 32]);

impl PartialEq for AttemptHash {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Why an `Idempotency-Key` is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttemptKeyError {
    /// Guessable: the key is a proof.
    #[error(
        "an Idempotency-Key needs at least {} characters: use a fresh random UUID for each refresh",
        AttemptKey::MIN_LEN
    )]
    TooShort,
    /// Longer than anybody needs.
    #[error("an Idempotency-Key may have at most {} characters", AttemptKey::MAX_LEN)]
    TooLong,
}

/// An `Idempotency-Key` as it came.
pub struct AttemptKey(String);

impl AttemptKey {
    /// In characters.
    pub const MIN_LEN: usize = 16;
    /// In characters.
    pub const MAX_LEN: usize = 255;

    /// Takes a header's value.
    ///
    /// # Errors
    /// Too short to be a proof, or too long.
    pub fn new(text: &str) -> Result<Self, AttemptKeyError> {
        match text.chars().count() {
            0..Self::MIN_LEN => Err(AttemptKeyError::TooShort),
            Self::MIN_LEN..=Self::MAX_LEN => Ok(Self(text.to_owned())),
            _ => Err(AttemptKeyError::TooLong),
        }
    }

    /// What a session keeps.
    pub fn hash(&self, keys: &Keys) -> AttemptHash {
        self.hash_under(&keys.attempt)
    }

    /// The hash to hold against the one that a session keeps, which may have been made before the master secret was changed.
    pub fn proof(&self, keys: &Keys, kept: Option<AttemptHash>) -> AttemptHash {
        let earlier = keys.previous_attempt.as_ref().map(|key| self.hash_under(key));
        earlier
            .filter(|hash| Some(*hash) == kept)
            .unwrap_or_else(|| self.hash(keys))
    }

    fn hash_under(&self, key: &MacKey) -> AttemptHash {
        AttemptHash(key.mac("attempt", &[self.0.as_bytes()]))
    }
}

impl fmt::Debug for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttemptKey(…)")
    }
}
