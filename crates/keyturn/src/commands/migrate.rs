//! `keyturn migrate`: brings the database to this version's schema.

use keyturn_store::OpenMode;

use super::output;
use crate::config::Config;
use crate::failure::Failure;
use crate::wire::store::{self, Clocks, Hearers};

pub(super) async fn run(config: &Config) -> Result<(), Failure> {
    store::open(
        config,
        OpenMode::Migrate,
        Hearers::default(),
        &Clocks::of(&config.store),
    )
    .await?;
    output::print(&format!(
        "the database {} has this version's schema",
        store::name(config)
    ))
}
