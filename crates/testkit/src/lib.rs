//! What Keyturn's tests share: a clock that stands until it is moved, entropy that repeats, a store in memory, and the
//! behaviour suite that every store passes.
//!
//! For `[dev-dependencies]` only. A test begins with a [`World`](fixtures::World), which makes accounts and sessions from
//! its clock and entropy; what it makes is the same in every run.
//!
//! ```
//! use keyturn_core::model::Delivery;
//! use keyturn_testkit::{fixtures::World, mem_store::MemStore};
//!
//! futures::executor::block_on(async {
//!     let (world, store) = (World::new(1), MemStore::new());
//!     let ann = world.sign_up(&store, "ann").await;
//!     let session = world.sign_in(&store, &ann.account, Delivery::Cookie).await;
//!     assert!(session.is_bound());
//! });
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails by panicking is doing its work, and this crate is part of tests alone"
)]

pub mod clock;
pub mod entropy;
pub mod fixtures;
pub mod mem_store;
pub mod postgres;
pub mod suite;
