//! `keyturn config check|print`.

use super::output;
use crate::cli::ConfigCommand;
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::{secrets, wire};

pub(super) fn run(config: &Config, command: &ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check => {
            config::check(config)?;
            secrets::check_configured(config)?;
            wire::edge(config)?;
            output::print("the configuration is good")
        }
        ConfigCommand::Print { changed } => output::print(config::print(config, *changed)?.trim_end()),
    }
}
