//! The binary as its users meet it: a process with a port, a folder, signals and a command line.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails by panicking is doing its work"
)]

mod acceptance;
mod account_feed;
mod account_life;
mod administration;
mod attacks;
mod backups;
mod browser;
mod cli;
mod client;
mod closed_port;
mod cluster;
mod credentials;
mod cut_off;
mod database_clock;
mod demo;
mod doctor;
mod drain;
mod ends;
mod fastapi_example;
mod hostile;
mod importing;
mod key_rotation;
mod kill;
mod mailbox;
mod metrics;
mod notices;
mod openapi;
mod operator;
mod patience;
mod phone;
mod place;
mod proxy;
mod python;
mod python_clients;
mod python_walks;
mod quickstart;
mod reload;
mod request_log;
mod revocation_feed;
mod secret_rotation;
mod seed;
mod send_reset;
mod server;
mod service;
mod several_nodes;
mod smtp;
mod sweeping;
mod tasks;
mod throttle;
mod verifier_process;
mod verifying;
