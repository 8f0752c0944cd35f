//! What came of an import: counted for people and scripts, refused rows with their place and reason.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use keyturn_core::service::{RowOutcome, TakenOver};
use serde::Serialize;

use super::{make, unwritable};
use crate::failure::Failure;

/// Counts of rows.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    pub(super) dry_run: bool,
    pub(super) rows: u64,
    pub(super) imported: u64,
    /// Of these: nobody can sign in by password yet.
    pub(super) without_password: u64,
    /// Of these: by the name that their hash begins with.
    pub(super) hashes: BTreeMap<&'static str, u64>,
    pub(super) present: u64,
    /// Of these: with another name, state, permissions or metadata than the file.
    pub(super) differing: u64,
    pub(super) refused: u64,
    pub(super) ignored_columns: Vec<String>,
}

impl Summary {
    /// Counts what became of a row; answers why it was refused, if it was.
    pub(super) fn count(&mut self, outcome: &RowOutcome) -> Option<String> {
        self.rows += 1;
        match &outcome.taken {
            Ok(TakenOver::Imported { algorithm }) => {
                self.imported += 1;
                match algorithm {
                    Some(name) => *self.hashes.entry(name).or_default() += 1,
                    None => self.without_password += 1,
                }
                None
            }
            Ok(TakenOver::Present { differs }) => {
                self.present += 1;
                self.differing += u64::from(*differs);
                None
            }
            Err(refusal) => {
                self.refused += 1;
                Some(refusal.to_string())
            }
        }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let did = if self.dry_run { "would import" } else { "imported" };
        let mut lines = vec![format!("{did} {}", accounts(self.imported))];
        for (name, count) in &self.hashes {
            lines.push(format!("  {count} with a {name} hash"));
        }
        if self.without_password > 0 {
            lines.push(format!(
                "  {} without a password: they sign in once they have set one",
                self.without_password
            ));
        }
        if self.present > 0 {
            lines.push(format!(
                "{} here already, left as they are",
                accounts(self.present)
            ));
        }
        if self.differing > 0 {
            lines.push(format!(
                "  {} of them with another name, state, permissions or metadata than the file",
                self.differing
            ));
        }
        if self.refused > 0 {
            lines.push(format!("{} refused", row_count(self.refused)));
        }
        if !self.ignored_columns.is_empty() {
            lines.push(format!(
                "columns not taken over: {}",
                self.ignored_columns.join(", ")
            ));
        }
        lines.join("\n")
    }
}

fn accounts(count: u64) -> String {
    format!("{count} {}", if count == 1 { "account" } else { "accounts" })
}

pub(super) fn row_count(count: u64) -> String {
    format!("{count} {}", if count == 1 { "row" } else { "rows" })
}

/// Where refused rows are told.
pub(super) enum Refused {
    Stderr,
    File(PathBuf, Box<csv::Writer<File>>),
}

impl Refused {
    /// Standard error, or a new file of columns line, id, reason.
    pub(super) fn to(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::Stderr);
        };
        let mut writer = csv::Writer::from_writer(make(path)?);
        let header = writer.write_record(["line", "id", "reason"]);
        header.map_err(|error| unwritable(path, &error))?;
        Ok(Self::File(path.to_owned(), Box::new(writer)))
    }

    pub(super) fn tell(&mut self, line: u64, id: Option<&str>, reason: &str) -> Result<(), Failure> {
        match self {
            Self::Stderr => {
                let id = id.map(|id| format!(" (id {id})")).unwrap_or_default();
                eprintln!("line {line}{id}: {reason}");
                Ok(())
            }
            Self::File(path, writer) => writer
                .write_record([line.to_string().as_str(), id.unwrap_or_default(), reason])
                .map_err(|error| unwritable(path, &error)),
        }
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stderr => Ok(()),
            Self::File(path, mut writer) => writer.flush().map_err(|error| unwritable(&path, &error)),
        }
    }
}

/// A line on the terminal that says how far it is; nothing where there is none.
pub(super) struct Progress {
    shown: bool,
}

impl Progress {
    const WIDTH: usize = 30;

    pub(super) fn new() -> Self {
        Self {
            shown: io::stderr().is_terminal(),
        }
    }

    pub(super) fn show(&self, rows: u64, percent: Option<u64>) {
        if !self.shown {
            return;
        }
        let bar = percent.map(|percent| {
            let filled = usize::try_from(percent).unwrap_or(0) * Self::WIDTH / 100;
            let (filled, empty) = ("#".repeat(filled), " ".repeat(Self::WIDTH.saturating_sub(filled)));
            format!("[{filled}{empty}] {percent:3} %  ")
        });
        eprint!("\r{}{rows} rows", bar.unwrap_or_default());
        let _nobody_to_see = io::stderr().flush();
    }

    /// Clears the line, for what is said next.
    pub(super) fn clear(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}
