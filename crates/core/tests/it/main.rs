//! The tests of the rules, one binary, one module a subject.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails by panicking is doing its work"
)]
#![expect(clippy::print_stdout, reason = "the models print how many states they have")]

mod account;
mod administration;
mod audit_budget;
mod credential;
mod device_words;
mod email;
mod foreign_password;
mod importing;
mod key_schedule;
mod lifetime;
mod live;
mod model_check;
mod notice;
mod own_account;
mod own_keys;
mod password;
mod policy;
mod refresh_races;
mod rotation;
mod service_credentials;
mod services;
mod session_start;
mod several_nodes;
mod sweeping;
mod throttle;
mod throttled_day;
