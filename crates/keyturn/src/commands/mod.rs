//! One command a file. Each loads the configuration, does its work and says what came of it.

mod audit;
mod backup;
mod completions;
mod config;
mod doctor;
mod explain;
mod healthcheck;
mod key;
mod mail;
mod migrate;
mod openapi;
mod output;
mod problems;
mod secret;
mod seed;
mod serve;
mod service;
mod session;
mod sweep;
mod transfer;
mod user;
mod user_change;
mod user_reset;

use std::future::Future;

use crate::cli::{Cli, Command, DevCommand, SettingsArgs};
use crate::config::{Config, check, load};
use crate::failure::Failure;

/// Runs the command that the command line names.
pub(crate) fn run(cli: Cli) -> Result<(), Failure> {
    let settings = cli.settings;
    match cli.command {
        Command::Sweep { output } => block_on(sweep::run(&checked(&settings)?, &output)),
        Command::Openapi => openapi::run(),
        Command::Secret(command) => block_on(secret::run(&checked(&settings)?, &command)),
        Command::Key(command) => block_on(key::run(&checked(&settings)?, &command)),
        Command::Service(command) => block_on(service::run(&checked(&settings)?, command)),
        Command::Doctor(args) => block_on(doctor::run(loaded(&settings), &args)),
        Command::Backup { file, output } => backup::backup(&checked(&settings)?, &file, &output),
        Command::Restore(args) => backup::restore(&checked(&settings)?, &args),
        Command::Dev(DevCommand::Seed(args)) => seed::run(&checked(&settings)?, &args),
        Command::Completions { shell } => completions::completions(shell),
        Command::Man { out } => completions::man(out.as_deref()),
        Command::Healthcheck(args) => block_on(healthcheck::run(&loaded(&settings)?, &args)),
        Command::Explain { id, output } => block_on(explain::run(&checked(&settings)?, &id, &output)),
        Command::Reasons { output } => explain::reasons(&output),
        Command::Problems { output } => problems::run(&output),
        Command::Mail(command) => block_on(mail::run(&checked(&settings)?, &command)),
        Command::Config(command) => config::run(|| loaded(&settings), &command),
        Command::Serve(args) => serve::run(&settings, &args),
        Command::Migrate => block_on(migrate::run(&checked(&settings)?)),
        Command::User(command) => block_on(user::run(&checked(&settings)?, command)),
        Command::Audit(command) => block_on(audit::run(&checked(&settings)?, command)),
        Command::Session(command) => block_on(session::run(&checked(&settings)?, command)),
    }
}

fn loaded(settings: &SettingsArgs) -> Result<Config, Failure> {
    load(settings, &std::env::vars().collect())
}

fn checked(settings: &SettingsArgs) -> Result<Config, Failure> {
    let config = loaded(settings)?;
    check(&config)?;
    Ok(config)
}

fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .map_err(|error| Failure::Fault(format!("cannot start the runtime: {error}")))?
        .block_on(work)
}
