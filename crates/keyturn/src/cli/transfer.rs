//! What `keyturn user import` and `export` are told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::OutputArgs;

/// How a file of accounts is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TransferFormat {
    /// Comma-separated values, the first line naming the columns.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file; `-` is standard input.
    pub(crate) file: PathBuf,
    /// How it is written; without it, what its name ends with says so.
    #[arg(long)]
    pub(crate) format: Option<TransferFormat>,
    /// The column that holds a field, where its name does not say so: `--map email=mail`. Fields: id, email, username, name, state,
    /// is_active, permissions, metadata, created_at, last_login, password_hash.
    #[arg(long, value_name = "FIELD=COLUMN")]
    pub(crate) map: Vec<String>,
    /// Judge every row and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write refused rows into this file (line, id, reason) instead of standard error.
    #[arg(long, value_name = "FILE")]
    pub(crate) refused: Option<PathBuf>,
    /// Take over the permission `admin` too, which opens Keyturn's own administration.
    #[arg(long)]
    pub(crate) allow_admin: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The file to make; `-` is standard output.
    pub(crate) file: PathBuf,
    /// How it is written; without it, what its name ends with says so.
    #[arg(long)]
    pub(crate) format: Option<TransferFormat>,
    /// With the password hashes: whoever has the file can try passwords at leisure. Into a file only.
    #[arg(long)]
    pub(crate) hashes: bool,
}
