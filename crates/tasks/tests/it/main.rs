//! The tasks: the suite that every store passes, what people do with them compared with a model, and the routes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails by panicking is doing its work"
)]

mod backups;
mod departures;
mod harness;
mod http;
mod memory;
mod model;
mod observed;
mod opening;
mod places;
mod suite;
