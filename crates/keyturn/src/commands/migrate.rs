//! `keyturn migrate`: brings the database, and the tasks beside it, to this version's schema.

use keyturn_store::OpenMode;

use super::output;
use crate::config::Config;
use crate::failure::Failure;
use crate::wire::store::{self, Clocks, Hearers};
use crate::wire::tasks;

pub(super) async fn run(config: &Config) -> Result<(), Failure> {
    let clocks = Clocks::of(&config.store);
    store::open(config, OpenMode::Migrate, Hearers::default(), &clocks).await?;
    tasks::open(config, clocks.time).await?;
    output::print(&format!(
        "the database {} has this version's schema",
        store::name(config)
    ))
}
