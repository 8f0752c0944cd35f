//! `keyturn user import` and `export`: accounts in files, beside a running server.
//!
//! **The rule**: what an export wrote can be imported, and gives the same accounts. A password hash is never printed, and is written only
//! where it was asked for, into a file that its owner alone can read.

mod columns;
mod export;
mod import;
mod rows;
mod summary;

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use crate::cli::TransferFormat;
use crate::failure::Failure;

pub(super) use export::run as export;
pub(super) use import::run as import;

/// Standard input or output.
fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// How a file is written: as told, or as its name ends.
fn format_of(told: Option<TransferFormat>, path: &Path) -> Result<TransferFormat, Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match (told, ending) {
        (Some(format), _) => Ok(format),
        (None, Some("csv")) => Ok(TransferFormat::Csv),
        (None, Some("jsonl" | "ndjson")) => Ok(TransferFormat::Jsonl),
        (None, _) => Err(Failure::Usage(format!(
            "what {} holds can't be told by its name: say --format csv or --format jsonl",
            path.display()
        ))),
    }
}

/// Makes a file that its owner alone can read. One that is there is left alone.
fn make(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::Refused(format!(
            "{} exists: name another file, or remove it",
            path.display()
        )),
        _ => unwritable(path, &error),
    })
}

fn unwritable(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::Unavailable(format!("cannot write {}: {error}", path.display()))
}
