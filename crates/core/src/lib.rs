//! Keyturn's rules: what a session is, what presenting a token means, who may sign in.
//!
//! The pure parts come first: [`rotation::judge`] decides every refresh, [`lifetime`] every time-out, [`password`] every
//! password; they take `now` and entropy as arguments and touch nothing. [`ports`] names what the rules need from the
//! world, and [`service`] carries decisions out through them, one use case a file.
//!
//! This crate names no runtime, no HTTP, no SQL, no clock and no source of randomness.

pub mod activity;
pub mod administration;
pub mod audit_budget;
pub mod credential;
pub mod feed;
pub mod import;
pub mod key_schedule;
pub mod lifetime;
pub mod model;
pub mod notice;
pub mod password;
pub mod ports;
pub mod rotation;
pub mod service;
pub mod story;
pub mod throttle;
pub mod token_state;
pub mod view;
pub mod words;
