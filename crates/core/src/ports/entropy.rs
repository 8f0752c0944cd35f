//! Randomness fit for keys.

/// A source of random bytes: the operating system's in the product, a seeded one in tests.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer. An implementation that cannot must abort rather than return.
    fn fill(&self, buffer: &mut [u8]);
}
