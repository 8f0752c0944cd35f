//! What the rules need from the world, as dyn-compatible traits: clock, entropy, stores, password hashing.

mod clock;
mod entropy;
mod hasher;
mod store;

pub use clock::Clock;
pub use entropy::Entropy;
pub use hasher::{HasherError, PasswordHasher, Verified};
pub use store::*;
