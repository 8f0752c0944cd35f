//! `cargo xtask`: the rules of the house that a tool can hold.
//!
//! `tidy` keeps the layout as ARCHITECTURE.md describes it, `requirements` keeps every requirement tied to a test. Each check is a
//! pure function from what was read to findings; only this file, [`tree`] and the commands that `tidy` runs touch the world. All
//! findings are listed at once, and the exit code is 1 if there is one, 2 if the checks themselves could not be run.

mod finding;
mod requirements;
mod tidy;
mod tree;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::finding::Finding;

/// The rules of the house that a tool can hold.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check dependency edges, file sizes, module docs, names, left-over markers, store symmetry and generated files.
    Tidy,
    /// Print which tests hold which requirement, and fail where one has none and is not pending.
    Requirements,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = workspace_root().and_then(|root| match arguments.command {
        Command::Tidy => tidy::run(&root),
        Command::Requirements => requirements::run(&root),
    });
    let reported = outcome.and_then(|findings| {
        report(&findings)
            .context("writing the report")
            .map(|()| findings.len())
    });
    match reported {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn workspace_root() -> anyhow::Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here
        .parent()
        .context("xtask lies in a folder of the workspace")?
        .to_path_buf())
}

fn report(findings: &[Finding]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in findings {
        writeln!(out, "{finding}")?;
    }
    match findings.len() {
        0 => writeln!(out, "nothing found"),
        1 => writeln!(out, "1 finding"),
        count => writeln!(out, "{count} findings"),
    }
}
