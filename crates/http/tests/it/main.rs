//! The edge through its public surface: a router over the store in memory, asked by named callers.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails by panicking is doing its work"
)]

mod account;
mod activity;
mod admin;
mod admin_audit;
mod admin_removal;
mod admin_sessions;
mod admin_users;
mod boundary;
mod changes;
mod client_address;
mod cookies;
mod cors;
mod csrf;
mod email;
mod entities;
mod faults;
mod harness;
mod health;
mod interface;
mod introspect;
mod json;
mod jwks;
mod mailed_links;
mod metadata;
mod notices;
mod pages;
mod problems;
mod refresh;
mod refresh_in_body;
mod refused_services;
mod revoke;
mod session;
mod sessions;
mod sign_in;
mod sign_out;
mod sign_up;
mod start_session;
mod storage_down;
mod throttle;
mod token;
mod token_pair;
