//! `keyturn secret …`: replacing the master secret that lies in the data folder.

use keyturn_core::ports::Clock;
use serde_json::json;

use super::output;
use crate::adapters::clock::SystemClock;
use crate::adapters::entropy::SystemEntropy;
use crate::cli::SecretCommand;
use crate::config::Config;
use crate::failure::Failure;
use crate::secrets::rotation;

pub(super) fn run(config: &Config, command: &SecretCommand) -> Result<(), Failure> {
    let now = SystemClock.now();
    match command {
        SecretCommand::Rotate { force, output } => {
            let dead_from = rotation::rotate(config, &SystemEntropy, now, *force)?;
            if output.json {
                return output::print_json(&json!({ "retire_after": dead_from }));
            }
            let day = dead_from.strftime("%Y-%m-%d %H:%M UTC");
            output::print(&format!(
                "a new master secret is made, the one before is kept: sessions go on\n\
                 Next: restart the server now, which issues under the old secret until then. After {day} run\n\
                 `keyturn secret retire`. Keep a copy of the new secret apart from the database"
            ))
        }
        SecretCommand::Retire { force } => {
            let removed = rotation::retire(config, now, *force)?;
            output::print(&format!(
                "{} is removed; restart the server, and nothing issued under it is good",
                removed.display()
            ))
        }
    }
}
