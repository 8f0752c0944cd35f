//! The outbox of development: a file a message, readable by its owner alone, since the links in it work.
//!
//! **The rule**: it holds the newest [`KEPT`] messages; older ones are removed.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use keyturn_core::model::ids::uuid_v7;
use keyturn_core::ports::Clock;
use lettre::Message;

use crate::adapters::clock::SystemClock;
use crate::adapters::entropy::SystemEntropy;
use crate::config::Config;
use crate::failure::Failure;

/// Messages that are kept.
const KEPT: usize = 200;

/// The folder.
pub(super) struct Outbox(PathBuf);

/// Where it is.
pub(crate) fn folder(config: &Config) -> PathBuf {
    config.data_dir.join("outbox")
}

impl Outbox {
    /// That of this configuration; made when the first message comes.
    pub(super) fn new(config: &Config) -> Self {
        Self(folder(config))
    }

    /// Writes a message whole, under a name that sorts by time.
    pub(super) fn put(&self, message: &Message) -> Result<(), Failure> {
        self.write(message)
            .map_err(|error| Failure::Unavailable(format!("the outbox {}: {error}", self.0.display())))
    }

    fn write(&self, message: &Message) -> std::io::Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)?;
        let id = uuid_v7(SystemClock.now(), &SystemEntropy);
        let (part, whole) = (self.0.join(format!(".{id}")), self.0.join(format!("{id}.eml")));
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)?;
        file.write_all(&message.formatted())?;
        fs::rename(&part, &whole)?;
        self.forget_old()
    }

    fn forget_old(&self) -> std::io::Result<()> {
        let mut messages = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "eml") {
                messages.push(path);
            }
        }
        messages.sort_unstable();
        let old = messages.len().saturating_sub(KEPT);
        messages.iter().take(old).try_for_each(|path| remove(path))
    }
}

/// Another message may have had it removed at the same moment.
fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
