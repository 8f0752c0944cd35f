//! `keyturn backup` and `keyturn restore`: the embedded store as one file.

use std::path::Path;

use keyturn_core::ports::{Clock, Entropy};
use keyturn_store::{BackupError, Restore};
use serde_json::json;

use super::output;
use crate::adapters::clock::SystemClock;
use crate::adapters::entropy::SystemEntropy;
use crate::cli::{OutputArgs, RestoreArgs};
use crate::config::Config;
use crate::failure::Failure;
use crate::{secrets, wire};

pub(super) fn backup(config: &Config, file: &Path, output: &OutputArgs) -> Result<(), Failure> {
    let database = wire::database_path(config);
    keyturn_store::backup(&database, file).map_err(failure)?;
    if output.json {
        return output::print_json(&json!({ "database": database, "backup": file }));
    }
    output::print(&format!(
        "{} is a checked copy of {}; the master secret is not in it: keep a copy of that elsewhere",
        file.display(),
        database.display()
    ))
}

pub(super) fn restore(config: &Config, args: &RestoreArgs) -> Result<(), Failure> {
    secrets::prepare_data_dir(config)?;
    let database = wire::database_path(config);
    let how = Restore {
        replace: args.force,
        keep_sessions: args.keep_sessions,
        epoch: epoch(&SystemEntropy),
        now: SystemClock.now(),
    };
    let ended = keyturn_store::restore(&args.file, &database, how).map_err(|error| match error {
        BackupError::Exists { path } => Failure::Refused(format!(
            "there is a database at {}: --force replaces it",
            path.display()
        )),
        other => failure(other),
    })?;
    if args.output.json {
        let said = json!({ "database": database, "sessions_ended": ended, "epoch": how.epoch });
        return output::print_json(&said);
    }
    let sessions = if args.keep_sessions {
        "sessions live as they did then: sign-outs since are undone".to_owned()
    } else {
        format!("{ended} sessions ended, people sign in again")
    };
    output::print(&format!(
        "{} is restored; {sessions}. Start the server again",
        database.display()
    ))
}

/// Random and above 0, the epoch of a database that was never restored.
fn epoch(entropy: &dyn Entropy) -> i32 {
    let mut bytes = [0u8; 4];
    entropy.fill(&mut bytes);
    (i32::from_be_bytes(bytes) & i32::MAX).max(1)
}

fn failure(error: BackupError) -> Failure {
    match error {
        BackupError::Exists { .. } | BackupError::InUse { .. } | BackupError::Unfit { .. } => {
            Failure::Refused(error.to_string())
        }
        BackupError::File { .. } | BackupError::Engine(_) => Failure::Unavailable(error.to_string()),
    }
}
