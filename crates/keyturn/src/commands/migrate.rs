//! `keyturn migrate`: brings the database to this version's schema.

use keyturn_store::{OpenMode, WriterMetrics};

use super::output;
use crate::config::Config;
use crate::failure::Failure;
use crate::wire;

pub(super) fn run(config: &Config) -> Result<(), Failure> {
    wire::open_store(config, OpenMode::Migrate, None, WriterMetrics::default())?;
    output::print(&format!(
        "the database {} has this version's schema",
        wire::database_path(config).display()
    ))
}
