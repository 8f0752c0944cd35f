//! `keyturn secret …`: replacing the master secret that lies in the data folder, which is noted in the audit log of the database beside
//! it, where there is one that this version can use; and telling a shared database which secret its nodes have.

use jiff::Timestamp;
use keyturn_core::model::{AuditEvent, AuditKind, Origin};
use keyturn_core::ports::Clock;
use keyturn_store::OpenMode;
use serde_json::json;

use super::output;
use crate::adapters::clock::SystemClock;
use crate::adapters::entropy::SystemEntropy;
use crate::cli::SecretCommand;
use crate::config::Config;
use crate::failure::Failure;
use crate::secrets::{self, rotation};
use crate::wire::store::{self, Clocks, Hearers};

pub(super) async fn run(config: &Config, command: &SecretCommand) -> Result<(), Failure> {
    let now = SystemClock.now();
    match command {
        SecretCommand::Rotate { force, output } => {
            let dead_from = rotation::rotate(config, &SystemEntropy, now, *force)?;
            note(config, AuditKind::SecretRotated, now).await;
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
        SecretCommand::Adopt => adopt(config).await,
        SecretCommand::Retire { force, output } => {
            let removed = rotation::retire(config, now, *force)?;
            note(config, AuditKind::SecretRetired, now).await;
            if output.json {
                return output::print_json(&json!({ "removed": removed }));
            }
            output::print(&format!(
                "{} is removed; restart the server, and nothing issued under it is good",
                removed.display()
            ))
        }
    }
}

/// Writes what was done to the audit log. It is done: a database that can't be written makes a warning, no failure.
async fn note(config: &Config, kind: AuditKind, at: Timestamp) {
    if !store::embedded_path(config).exists() {
        return;
    }
    let event = AuditEvent {
        at,
        kind,
        user_id: None,
        session_id: None,
        detail: String::new(),
        origin: Origin::COMMAND_LINE,
    };
    let written = match store::open(
        config,
        OpenMode::Existing,
        Hearers::default(),
        &Clocks::of(&config.store),
    )
    .await
    {
        Ok(store) => store.record_audit(event).await.map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    if let Err(failure) = written {
        eprintln!("keyturn: done, but not noted in the audit log: {failure}");
    }
}

async fn adopt(config: &Config) -> Result<(), Failure> {
    let clocks = Clocks::of(&config.store);
    let store = store::open(config, OpenMode::Existing, Hearers::default(), &clocks).await?;
    let keys = secrets::keys(config, &SystemEntropy)?;
    store::adopt_secret(store.as_ref(), &keys, clocks.time.now()).await?;
    let database = store::name(config);
    output::print(&format!(
        "{database} has this master secret now; nodes with another no longer start, restart those that run"
    ))
}
