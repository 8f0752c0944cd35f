//! `keyturn sweep`: one sweep now, beside running servers or without one.

use std::sync::Arc;

use keyturn_core::model::Origin;
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

pub(super) async fn run(config: &Config, args: &OutputArgs) -> Result<(), Failure> {
    let clocks = Clocks::of(&config.store);
    let store = store::open(config, OpenMode::Existing, Hearers::default(), &clocks).await?;
    let sweeper = Sweeper {
        store,
        clock: clocks.time,
        entropy: Arc::new(SystemEntropy),
        policy: config.retention.policy(),
        origin: Origin::COMMAND_LINE,
    };
    let swept = sweeper.sweep(None, &SweepMetrics::unscraped()).await?;
    let tally = swept.ok_or_else(|| {
        Failure::Unavailable("another process is sweeping at the moment: nothing is left to do".to_owned())
    })?;
    if args.json {
        return output::print_json(&described(&tally));
    }
    let rows: Vec<_> = tally
        .iter()
        .map(|(kind, rows)| vec![words(*kind).to_owned(), rows.to_string()])
        .collect();
    output::print(&output::columns(&["SWEPT", "ROWS"], &rows))
}

fn described(tally: &Tally) -> Value {
    let rows = tally
        .iter()
        .map(|(kind, rows)| (kind.as_str().to_owned(), Value::from(*rows)));
    Value::Object(rows.collect())
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
