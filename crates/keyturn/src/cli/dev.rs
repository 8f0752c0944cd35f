//! What is for developing and measuring Keyturn itself.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum DevCommand {
    /// Fill an empty embedded store with accounts and live sessions. No server may run on it.
    Seed(SeedArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SeedArgs {
    /// How many sessions.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sessions: u64,
    /// How many accounts have them; a tenth as many where it is not said.
    #[arg(long)]
    pub(crate) accounts: Option<u64>,
    /// Print the refresh tokens of so many sessions, spread evenly: who has one is signed in.
    #[arg(long, default_value_t = 0)]
    pub(crate) tokens: u64,
    /// Even where there are accounts.
    #[arg(long)]
    pub(crate) add: bool,
}
