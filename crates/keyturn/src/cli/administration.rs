//! The parts of the command line that change accounts and read the audit log.

use clap::{Args, Subcommand};

use super::OutputArgs;

/// Changes of one account.
#[derive(Debug, Subcommand)]
pub(crate) enum UserChangeCommand {
    /// Give an account a permission; it counts at once.
    Grant(PermissionArgs),
    /// Take a permission from an account; it is gone at once.
    Revoke(PermissionArgs),
    /// Change what an account is called. An empty text takes a name away.
    Rename(RenameArgs),
    /// Replace an account's metadata.
    SetMetadata(MetadataArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PermissionArgs {
    /// Email, username or id.
    pub(crate) who: String,
    /// The permission's name; `admin` opens the administration.
    pub(crate) permission: String,
    /// Even if nobody is left to administer.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
#[group(id = "names", required = true, multiple = true, args = ["email", "username", "name"])]
pub(crate) struct RenameArgs {
    /// Email, username or id.
    pub(crate) who: String,
    /// The new email; nobody is asked to confirm it.
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// The new second sign-in name.
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// The new name to show.
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MetadataArgs {
    /// Email, username or id.
    pub(crate) who: String,
    /// A JSON object of at most 8 KiB; `-` reads it from standard input.
    #[arg(value_name = "JSON")]
    pub(crate) metadata: String,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List events, newest first.
    List(AuditListArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AuditListArgs {
    /// Only what concerns this account: email, username or id.
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// Only what this administrator did by HTTP: email, username or id.
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// Only what concerns this session.
    #[arg(long)]
    pub(crate) session: Option<String>,
    /// Only what this request did: its `X-Request-Id`.
    #[arg(long)]
    pub(crate) request: Option<String>,
    /// Only events of this kind, such as `session.ended`.
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Not before this time, such as `2026-01-31T08:00:00Z`.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Before this time.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
