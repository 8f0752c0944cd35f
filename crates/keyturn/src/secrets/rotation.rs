//! Replacing the master secret in the data folder, in two steps: `rotate` makes a new one and keeps the old for what was issued
//! under it; `retire` removes the old once nothing of it can live.
//!
//! **The rule**: at no moment is there no secret, and at most two are accepted (NIST SP 800-57 part 1 §5.3: the old key only
//! processes what it protected already).
//!
//! **The caveat**: a running server goes on with the secret that it read at start, until it is restarted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use keyturn_core::ports::Entropy;
use rustix::process::{Pid, test_kill_process};

use super::{BESIDE_NAME, previous_path, secret_path, sync_folder, trouble, write_new};
use crate::config::Config;
use crate::failure::Failure;

/// Makes a new master secret. Answers from when on the one before can be retired.
pub(crate) fn rotate(
    config: &Config,
    entropy: &dyn Entropy,
    now: Timestamp,
    force: bool,
) -> Result<Timestamp, Failure> {
    let (current, previous) = paths(config)?;
    if previous.exists() {
        refuse_while_needed(config, &current, now, force)?;
    }
    let failed = |error: io::Error| trouble(&current, &error);
    let new = write_new(&current, entropy).map_err(failed)?;
    // The old one under both names, then the new one in its place: a crash between leaves the old one good.
    remove(&previous)
        .and_then(|()| fs::hard_link(&current, &previous))
        .and_then(|()| fs::rename(&new, &current))
        .and_then(|()| sync_folder(&current))
        .map_err(failed)?;
    made_at(&current).map(|made| dead_from(config, made))
}

/// Removes the secret before the present one.
pub(crate) fn retire(config: &Config, now: Timestamp, force: bool) -> Result<PathBuf, Failure> {
    let (current, previous) = paths(config)?;
    if !previous.exists() {
        return Err(Failure::Refused(format!(
            "there is no previous secret at {}: nothing to retire",
            previous.display()
        )));
    }
    refuse_while_needed(config, &current, now, force)?;
    remove(&previous)
        .and_then(|()| sync_folder(&previous))
        .map_err(|error| trouble(&previous, &error))?;
    Ok(previous)
}

/// Removes what a process left behind that died while it made a secret.
pub(crate) fn remove_leftovers(config: &Config) -> io::Result<()> {
    for entry in fs::read_dir(&config.data_dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let maker = name.to_str().and_then(|name| name.strip_prefix(BESIDE_NAME));
        if let Some(maker) = maker
            && !is_running(maker)
        {
            remove(&entry.path())?;
            tracing::info!(file = %entry.path().display(), "removed a half-made secret");
        }
    }
    Ok(())
}

/// The files of the present secret and of the one before; the present one is there.
fn paths(config: &Config) -> Result<(PathBuf, PathBuf), Failure> {
    if config.master_secret.is_some() || config.previous_master_secret.is_some() {
        let hint = "set previous_master_secret to the present one and master_secret to a new one, made with `openssl rand -base64 48`";
        return Err(Failure::Refused(format!(
            "the secrets come from the configuration: {hint}, then restart"
        )));
    }
    let current = secret_path(config);
    if !current.exists() {
        return Err(Failure::Refused(format!(
            "there is no secret at {}: `keyturn serve` makes one",
            current.display()
        )));
    }
    Ok((current, previous_path(config)))
}

fn refuse_while_needed(config: &Config, current: &Path, now: Timestamp, force: bool) -> Result<(), Failure> {
    let dead_from = dead_from(config, made_at(current)?);
    if force || now >= dead_from {
        return Ok(());
    }
    let until = dead_from.strftime("%Y-%m-%d %H:%M UTC");
    Err(Failure::Refused(format!(
        "sessions of the previous secret can live until {until}: wait, or end them now with --force"
    )))
}

/// When the last session that began under the secret before has ended, whatever its person does.
fn dead_from(config: &Config, replaced: Timestamp) -> Timestamp {
    let ended = replaced.checked_add(config.session.longest());
    ended.unwrap_or(Timestamp::MAX)
}

/// The present secret was made when the one before was replaced.
fn made_at(current: &Path) -> Result<Timestamp, Failure> {
    fs::metadata(current)
        .and_then(|metadata| metadata.modified())
        .and_then(|modified| Timestamp::try_from(modified).map_err(io::Error::other))
        .map_err(|error| trouble(current, &error))
}

fn is_running(pid: &str) -> bool {
    let pid = pid.parse().ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid).is_ok())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
