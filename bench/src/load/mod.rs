//! The load driver: clients in a closed loop against a server, each with its own connection and its own chain of tokens.
//!
//! **The rule**: a client asks again only when it has been answered, and each answer is checked; an operation counts when it did
//! what it should. HTTP is written by hand over a kept connection, so that the driver costs less than what it drives.

pub mod client;
pub mod drive;
pub mod hello;
pub mod server;
pub mod wire;
