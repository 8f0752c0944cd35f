//! The data folder and the master secret in it: made on first start, for their owner alone.

pub(crate) mod rotation;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyturn_core::credential::{Keys, MasterSecret};
use keyturn_core::ports::Entropy;
use zeroize::Zeroizing;

use crate::config::{Config, Secret};
use crate::failure::Failure;

const FILE_NAME: &str = "master.secret";
const PREVIOUS_NAME: &str = "master.secret.previous";
/// A secret that is being made, before the number of the process that makes it.
const BESIDE_NAME: &str = "master.new-";
/// Random bytes in a secret that we make.
const SECRET_LEN: usize = 48;

/// The file that holds the master secret where the configuration gives none.
pub(crate) fn secret_path(config: &Config) -> PathBuf {
    config.data_dir.join(FILE_NAME)
}

/// The file that holds the secret before it, from a rotation until it is retired.
pub(crate) fn previous_path(config: &Config) -> PathBuf {
    config.data_dir.join(PREVIOUS_NAME)
}

/// Makes the data folder if there is none.
pub(crate) fn prepare_data_dir(config: &Config) -> Result<(), Failure> {
    let folder = &config.data_dir;
    if folder.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| {
            Failure::Unavailable(format!(
                "cannot make the data folder {}: {error}",
                folder.display()
            ))
        })
}

/// Derives the keys from the configured master secrets, or from the one in the data folder, made now if there is none.
pub(crate) fn keys(config: &Config, entropy: &dyn Entropy) -> Result<Keys, Failure> {
    let current = match &config.master_secret {
        Some(secret) => parsed("master_secret", secret)?,
        None => from_file(&secret_path(config), entropy)?,
    };
    let previous = match &config.previous_master_secret {
        Some(secret) => Some(parsed("previous_master_secret", secret)?),
        None => previous_from_file(&previous_path(config))?,
    };
    let keys = Keys::derive(&current, previous.as_ref());
    let Some(shared) = &config.jwt.secret else {
        return Ok(keys);
    };
    let previous = config.jwt.previous_secret.as_ref();
    let previous = previous.map(|secret| secret.expose().as_bytes());
    Ok(keys.with_shared_secret(shared.expose().as_bytes(), previous))
}

/// Checks the secrets of the configuration, without touching the data folder.
pub(crate) fn check_configured(config: &Config) -> Result<(), Failure> {
    for (name, secret) in [
        ("master_secret", &config.master_secret),
        ("previous_master_secret", &config.previous_master_secret),
    ] {
        if let Some(secret) = secret {
            parsed(name, secret)?;
        }
    }
    Ok(())
}

/// Checks the secrets that are in the data folder, and makes none.
pub(crate) fn check_files(config: &Config) -> Result<(), Failure> {
    let path = secret_path(config);
    let text = read_private(&path).map_err(|error| trouble(&path, &error))?;
    secret_in(&path, &text)?;
    previous_from_file(&previous_path(config)).map(|_previous| ())
}

fn parsed(name: &str, secret: &Secret) -> Result<MasterSecret, Failure> {
    MasterSecret::new(secret.expose().as_bytes().to_vec())
        .map_err(|error| Failure::Config(format!("{name}: {error}")))
}

fn from_file(path: &Path, entropy: &dyn Entropy) -> Result<MasterSecret, Failure> {
    let text = match read_private(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path, entropy).map_err(|error| trouble(path, &error))?;
            read_private(path).map_err(|error| trouble(path, &error))?
        }
        Err(error) => return Err(trouble(path, &error)),
    };
    secret_in(path, &text)
}

/// The secret that a rotation has kept.
fn previous_from_file(path: &Path) -> Result<Option<MasterSecret>, Failure> {
    match read_private(path) {
        Ok(text) => secret_in(path, &text).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(trouble(path, &error)),
    }
}

fn secret_in(path: &Path, text: &str) -> Result<MasterSecret, Failure> {
    MasterSecret::new(text.trim_end().as_bytes().to_vec())
        .map_err(|error| Failure::Config(format!("{}: {error}", path.display())))
}

fn trouble(path: &Path, error: &io::Error) -> Failure {
    Failure::Config(format!("the master secret in {}: {error}", path.display()))
}

/// Reads the secret, but not one that others can read too.
fn read_private(path: &Path) -> io::Result<Zeroizing<String>> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        let hint = format!(
            "others than its owner can read it (mode {:o}): chmod 600 it",
            mode & 0o777
        );
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, hint));
    }
    Ok(Zeroizing::new(fs::read_to_string(path)?))
}

/// Writes a fresh secret beside and links it into place, so that of two first starts one wins and no half file is ever read.
fn make(path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
    let beside = write_new(path, entropy)?;
    let linked = match fs::hard_link(&beside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    };
    fs::remove_file(&beside)?;
    linked?;
    sync_folder(path)
}

/// Writes a fresh secret, durably, under a name of its own beside `path`.
fn write_new(path: &Path, entropy: &dyn Entropy) -> io::Result<PathBuf> {
    let mut bytes = Zeroizing::new([0u8; SECRET_LEN]);
    entropy.fill(bytes.as_mut_slice());
    let text = Zeroizing::new(STANDARD.encode(*bytes));
    let beside = path.with_file_name(format!("{BESIDE_NAME}{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    Ok(beside)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
