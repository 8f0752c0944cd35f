//! Access tokens through the public surface alone: what is accepted, what is refused, and that nothing else is signed.
//!
//! Forged tokens are made by hand, so that they can be wrong in ways that the crate itself never is.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod forge;
mod refused;
mod rejection_lists;
mod round_trip;
