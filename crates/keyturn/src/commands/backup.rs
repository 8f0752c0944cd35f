//! `keyturn backup` and `keyturn restore`: the embedded store as one file, and the tasks as one beside it.

use std::path::{Path, PathBuf};

use keyturn_core::ports::{Clock, Entropy};
use keyturn_store::{BackupError, Restore};
use keyturn_tasks::BackupError as TasksBackupError;
use serde_json::json;

use super::output;
use crate::adapters::clock::SystemClock;
use crate::adapters::entropy::SystemEntropy;
use crate::cli::{OutputArgs, RestoreArgs};
use crate::config::{Config, StoreUrl};
use crate::failure::Failure;
use crate::secrets;
use crate::wire::{store, tasks};

pub(super) fn backup(config: &Config, file: &Path, output: &OutputArgs) -> Result<(), Failure> {
    embedded_only(config, "pg_dump --format=custom --file=keyturn.dump DATABASE")?;
    let database = store::embedded_path(config);
    keyturn_store::backup(&database, file).map_err(failure)?;
    // After the accounts: whoever is in the copy of the tasks and not in theirs has no account when both are put back.
    let tasks = tasks::embedded_path(config);
    let copied = tasks.exists().then(|| beside(file));
    if let Some(copy) = &copied {
        keyturn_tasks::backup(&tasks, copy).map_err(tasks_failure)?;
    }
    if output.json {
        return output::print_json(&json!({ "database": database, "backup": file, "tasks": copied }));
    }
    if let Some(copy) = &copied {
        output::print(&format!(
            "{} is a checked copy of {}",
            copy.display(),
            tasks.display()
        ))?;
    }
    output::print(&format!(
        "{} is a checked copy of {}; the master secret is not in it: keep a copy of that elsewhere",
        file.display(),
        database.display()
    ))
}

pub(super) fn restore(config: &Config, args: &RestoreArgs) -> Result<(), Failure> {
    embedded_only(
        config,
        "stop every node, pg_restore --clean --dbname=DATABASE keyturn.dump, end the sessions that live again in it (docs/postgresql.md), \
         start the nodes",
    )?;
    secrets::prepare_data_dir(config)?;
    let database = store::embedded_path(config);
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
    let tasks = restore_tasks(config, args)?;
    if args.output.json {
        let said =
            json!({ "database": database, "sessions_ended": ended, "epoch": how.epoch, "tasks": tasks });
        return output::print_json(&said);
    }
    let sessions = if args.keep_sessions {
        "sessions live as they did then: sign-outs since are undone".to_owned()
    } else {
        format!(
            "{} ended, people sign in again",
            output::counted(ended, "session")
        )
    };
    output::print(&format!(
        "{} is restored; {sessions}. Start the server again",
        database.display()
    ))
}

/// Puts the tasks that were copied with the accounts back, too. Where there are none beside the copy, those that are there stay. Answers whether
/// they were put back.
fn restore_tasks(config: &Config, args: &RestoreArgs) -> Result<bool, Failure> {
    let copy = beside(&args.file);
    if !copy.exists() {
        return Ok(false);
    }
    let tasks = tasks::embedded_path(config);
    keyturn_tasks::restore(&copy, &tasks, args.force).map_err(tasks_failure)?;
    Ok(true)
}

/// Where the copy of the tasks is: beside that of the accounts.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-tasks");
    name.into()
}

fn tasks_failure(error: TasksBackupError) -> Failure {
    match error {
        TasksBackupError::Exists { .. } | TasksBackupError::InUse { .. } | TasksBackupError::Unfit { .. } => {
            Failure::Refused(error.to_string())
        }
        TasksBackupError::File { .. } | TasksBackupError::Engine(_) => {
            Failure::Unavailable(error.to_string())
        }
    }
}

/// PostgreSQL has tools of its own, which know more than we do: replicas, archives, points in time.
fn embedded_only(config: &Config, instead: &str) -> Result<(), Failure> {
    match &config.store.url {
        StoreUrl::Sqlite => Ok(()),
        url @ StoreUrl::Postgres(_) => Err(Failure::Refused(format!(
            "this is for the embedded store; {url} is copied and restored by PostgreSQL's own tools: {instead}"
        ))),
    }
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
