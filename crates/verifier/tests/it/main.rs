//! The crate as its users use it: tokens made as Keyturn makes them, a router of axum's, keys over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails by panicking is doing its work"
)]

mod dependencies;
mod feed;
mod fixtures;
mod http;
mod jwks;
mod sessions;
