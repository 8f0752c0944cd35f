//! `keyturn key …`: the keys that sign access tokens and make refresh tokens. Works beside running servers, which hear of a change within
//! a few seconds and need no restart.

use jiff::Timestamp;
use keyturn_core::key_schedule::KeyDuty;
use keyturn_core::model::{KeyPurpose, Origin};
use keyturn_core::ports::Store;
use keyturn_core::service::{KeyKeeper, KeyReport, KeyStatus};
use keyturn_store::OpenMode;
use serde_json::{Value, json};

use super::output;
use crate::adapters::entropy::SystemEntropy;
use crate::cli::{KeyCommand, OutputArgs};
use crate::config::Config;
use crate::failure::Failure;
use crate::wire::store::{self, Clocks, Hearers};
use crate::{secrets, wire};

pub(super) async fn run(config: &Config, command: &KeyCommand) -> Result<(), Failure> {
    // The store first: without one, no secret must be made.
    let clocks = Clocks::of(&config.store);
    let store = store::open(config, OpenMode::Existing, Hearers::default(), &clocks).await?;
    let keys = secrets::keys(config, &SystemEntropy)?;
    let store: &dyn Store = &*store;
    let keeper = KeyKeeper::new(store, &SystemEntropy, &keys, wire::key_policy(config));
    let now = clocks.time.now();
    match command {
        KeyCommand::List { output } => list(&keeper, output, now).await,
        KeyCommand::Rotate {
            purpose,
            now: at_once,
            output,
        } => rotate(&keeper, purpose, *at_once, output, now).await,
        KeyCommand::Retire { kid, force, output } => {
            keeper.retire(kid, *force, &Origin::COMMAND_LINE, now).await?;
            if output.json {
                return output::print_json(&json!({ "retired": kid }));
            }
            output::print(&format!(
                "{kid} is out of use; what it has made is no longer good"
            ))
        }
    }
}

async fn list(keeper: &KeyKeeper<'_>, output: &OutputArgs, now: Timestamp) -> Result<(), Failure> {
    let reports = keeper.list(now).await?;
    if output.json {
        return output::print_json(&reports.iter().map(described).collect::<Vec<_>>());
    }
    let rows: Vec<_> = reports
        .iter()
        .map(|report| {
            let (state, when) = state(report);
            let when = when.map(|(what, at)| format!("{what} {}", minute(at)));
            vec![
                report.kid.clone(),
                report.purpose.to_string(),
                report.algorithm.name().to_owned(),
                state.to_owned(),
                when.unwrap_or_default(),
            ]
        })
        .collect();
    output::print(&output::columns(
        &["KID", "PURPOSE", "ALGORITHM", "STATE", ""],
        &rows,
    ))
}

async fn rotate(
    keeper: &KeyKeeper<'_>,
    purpose: &str,
    at_once: bool,
    output: &OutputArgs,
    now: Timestamp,
) -> Result<(), Failure> {
    let purpose: KeyPurpose = purpose
        .parse()
        .map_err(|_| Failure::Usage(format!("`{purpose}` is no purpose: access or refresh")))?;
    let key = keeper
        .rotate(purpose, at_once, &Origin::COMMAND_LINE, now)
        .await?;
    if output.json {
        return output::print_json(&json!({
            "kid": key.kid,
            "purpose": key.purpose,
            "algorithm": key.algorithm,
            "published_at": key.published_at,
            "signs_from": key.signs_from,
            "predecessor_until": key.predecessor_until,
        }));
    }
    output::print(&format!(
        "{} is published, and in use from {} on\n\
         Next: nothing has to be restarted. The key before it can be retired after {}: `keyturn key list` shows its id",
        key.kid,
        minute(key.signs_from),
        minute(key.predecessor_until),
    ))
}

fn described(report: &KeyReport) -> Value {
    let (state, when) = state(report);
    let mut described = json!({
        "kid": report.kid,
        "purpose": report.purpose,
        "algorithm": report.algorithm,
        "state": state,
        "published_at": report.published_at,
        "signs_from": report.signs_from,
    });
    if let (Some(fields), Some((what, at))) = (described.as_object_mut(), when)
        && report.signs_from != Some(at)
    {
        fields.insert(format!("{what}_at"), json!(at));
    }
    described
}

/// The state, and the time that belongs to it.
const fn state(report: &KeyReport) -> (&'static str, Option<(&'static str, Timestamp)>) {
    match report.status {
        KeyStatus::Held(KeyDuty::Published { signs_from }) => ("published", Some(("signs", signs_from))),
        KeyStatus::Held(KeyDuty::Signing) => ("signing", None),
        KeyStatus::Held(KeyDuty::Verifying { until }) => ("verifying", Some(("over", until))),
        KeyStatus::Held(KeyDuty::Over) => ("over", None),
        KeyStatus::Superseded => ("superseded", None),
        KeyStatus::Retired(at) => ("retired", Some(("retired", at))),
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
