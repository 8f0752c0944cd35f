//! `keyturn`: the binary. Reads the configuration, wires the parts together, runs one command.
//!
//! Failures are one line on stderr that says what to do, and an exit code of `sysexits.h`; see [`failure`].

mod adapters;
mod cli;
mod commands;
mod config;
mod failure;
mod lifecycle;
mod logging;
mod secrets;
mod wire;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;

/// Faster and steadier than the system's under many small allocations. Without transparent huge pages: they cost an idle
/// process 12 MiB, and gain password hashing 3 %.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return failure::usage(&error),
    };
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
