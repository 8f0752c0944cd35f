//! `keyturn sweep`: one sweep now, beside running servers or without one, of the accounts' store and of the tasks.
//!
//! **The caveat**: tasks of deleted accounts are a running server's to remove, which has heard how far that is known.

use std::sync::Arc;

use keyturn_core::model::Origin;
use keyturn_core::ports::Clock;
use keyturn_core::service::SweptKind;
use keyturn_store::OpenMode;
use serde_json::Value;

use super::output;
use crate::adapters::entropy::SystemEntropy;
use crate::adapters::metrics::SweepMetrics;
use crate::adapters::sweeper::{Sweeper, Tally};
use crate::cli::OutputArgs;
use crate::config::Config;
use crate::failure::Failure;
use crate::wire::store::{self, Clocks, Hearers};
use crate::wire::tasks;

pub(super) async fn run(config: &Config, args: &OutputArgs) -> Result<(), Failure> {
    let clocks = Clocks::of(&config.store);
    let store = store::open(config, OpenMode::Existing, Hearers::default(), &clocks).await?;
    let sweeper = Sweeper {
        store,
        clock: clocks.time.clone(),
        entropy: Arc::new(SystemEntropy),
        policy: config.retention.policy(),
        origin: Origin::COMMAND_LINE,
    };
    let swept = sweeper.sweep(None, &SweepMetrics::unscraped()).await?;
    let tally = swept.ok_or_else(|| {
        Failure::Unavailable("another process is sweeping at the moment: nothing is left to do".to_owned())
    })?;
    let deleted = swept_tasks(config, clocks.time).await?;
    if args.json {
        return output::print_json(&described(&tally, deleted));
    }
    let row = |said: &str, rows: u64| vec![said.to_owned(), rows.to_string()];
    let rows = tally.iter().map(|(kind, rows)| row(words(*kind), *rows));
    let deleted = deleted.map(|tasks| row("deleted tasks removed", tasks));
    let rows: Vec<_> = rows.chain(deleted).collect();
    output::print(&output::columns(&["SWEPT", "ROWS"], &rows))
}

/// How many deleted tasks went; `None` where there are no tasks.
async fn swept_tasks(config: &Config, clock: Arc<dyn Clock>) -> Result<Option<u64>, Failure> {
    let Some(open) = tasks::open_existing(config, clock).await? else {
        return Ok(None);
    };
    let swept = open.tasks.sweep().await;
    swept
        .map(Some)
        .map_err(|error| Failure::Unavailable(error.to_string()))
}

fn described(tally: &Tally, deleted_tasks: Option<u64>) -> Value {
    let rows = tally.iter().map(|(kind, rows)| (kind.as_str(), *rows));
    let tasks = deleted_tasks.map(|tasks| ("deleted_tasks", tasks));
    let rows = rows.chain(tasks);
    Value::Object(
        rows.map(|(kind, rows)| (kind.to_owned(), Value::from(rows)))
            .collect(),
    )
}

const fn words(kind: SweptKind) -> &'static str {
    match kind {
        SweptKind::OverdueSessions => "time-outs recorded",
        SweptKind::EndedSessions => "ended sessions removed",
        SweptKind::DeletedAccounts => "deleted accounts removed",
        SweptKind::OneTimeTokens => "one-time tokens removed",
        SweptKind::AuditEvents => "audit events removed",
        SweptKind::Changes => "changes removed",
    }
}
