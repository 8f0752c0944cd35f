//! `keyturn config check|print|reference|default|texts`.

use std::collections::BTreeMap;

use keyturn_http::Texts;

use super::output;
use crate::cli::ConfigCommand;
use crate::config::{self, Config, reference};
use crate::failure::Failure;
use crate::{secrets, wire};

/// What is printed from the program alone does not read the configuration: it helps where that is broken.
pub(super) fn run(
    loaded: impl FnOnce() -> Result<Config, Failure>,
    command: &ConfigCommand,
) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check => check(&loaded()?),
        ConfigCommand::Print { changed } => output::print(config::print(&loaded()?, *changed)?.trim_end()),
        ConfigCommand::Reference { output } if output.json => output::print_json(&reference::json()),
        ConfigCommand::Reference { .. } => output::print(&reference::markdown()),
        ConfigCommand::Default => output::print(&reference::default_file()),
        ConfigCommand::Texts => output::print(&texts()?),
    }
}

fn check(config: &Config) -> Result<(), Failure> {
    config::check(config)?;
    secrets::check_configured(config)?;
    wire::edge(config)?;
    output::print("the configuration is good")
}

/// A section with each text of the pages, to be changed or translated.
fn texts() -> Result<String, Failure> {
    let texts = Texts::default();
    let table: BTreeMap<_, _> = texts.all().collect();
    let section = toml::to_string(&table).map_err(|error| Failure::Fault(error.to_string()))?;
    Ok(format!("[ui.texts]\n{}", section.trim_end()))
}
