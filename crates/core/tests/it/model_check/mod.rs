//! The rotation protocol, model-checked: every interleaving of a small world, with the real [`judge`] deciding.
//!
//! A [`World`](world::World) is one family in one store, the requests under way and whoever makes them. Each step of a
//! request (sent, read and judged, carried out, answered, delivered) is an action of its own, so that requests race as they
//! do on several nodes over one store: a node keeps nothing, and a node that crashes is the loss of any of its requests at
//! any step. What the store does is `ports/store.rs`, condition by condition; what a request does is `service/refresh.rs`.
//!
//! An invariant that is broken marks the world with a [`Harm`](harm::Harm), and the checker finds the shortest way there.
//! Each invariant has mutants: a [`Defect`](defect::Defect) is a wrong rule, written here, and its test asserts that the
//! checker finds the harm. `docs/rotation.md` lists models, bounds and counts.
//!
//! [`judge`]: keyturn_core::rotation::judge

mod defect;
mod failover;
mod harm;
mod honest;
mod horizon;
mod judgement;
mod lifetimes;
mod memory;
mod revocation;
mod scenario;
mod search;
mod server;
mod steps;
mod store;
mod thief;
mod unbound;
mod world;
