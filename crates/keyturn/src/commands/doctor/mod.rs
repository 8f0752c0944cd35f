//! `keyturn doctor`: what is wrong with this installation, and what to do about it.
//!
//! **The rule**: it changes nothing, and each finding that is not `ok` says what to do. Any `fail` makes the exit code 1.

mod local;
mod remote;
mod tasks;

use serde::Serialize;

use super::output;
use crate::cli::DoctorArgs;
use crate::config::{self, Config};
use crate::failure::Failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// What came of one check.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    level: Level,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            level: Level::Ok,
            found: found.into(),
            advice: None,
        }
    }

    fn warn(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            level: Level::Warn,
            advice: Some(advice.into()),
            ..Self::ok(check, found)
        }
    }

    fn fail(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            level: Level::Fail,
            ..Self::warn(check, found, advice)
        }
    }
}

/// Takes the configuration as it was loaded: that it could not be is a finding, too.
pub(super) async fn run(loaded: Result<Config, Failure>, args: &DoctorArgs) -> Result<(), Failure> {
    let findings = examine(loaded, args).await;
    if args.output.json {
        output::print_json(&findings)?;
    } else {
        output::print(&findings.iter().map(line).collect::<Vec<_>>().join("\n"))?;
    }
    match findings
        .iter()
        .filter(|finding| finding.level == Level::Fail)
        .count()
    {
        0 => Ok(()),
        failed => Err(Failure::Refused(format!(
            "{failed} of {} checks failed",
            findings.len()
        ))),
    }
}

async fn examine(loaded: Result<Config, Failure>, args: &DoctorArgs) -> Vec<Finding> {
    let advice = "see `keyturn config reference`";
    let config = match loaded.and_then(|config| config::check(&config).map(|()| config)) {
        Ok(config) => config,
        Err(failure) => return vec![Finding::fail("configuration", failure.to_string(), advice)],
    };
    let mut findings = local::examine(&config).await;
    if let Some(url) = &args.url {
        findings.extend(remote::examine(&config, url.trim_end_matches('/')).await);
    }
    findings
}

fn line(finding: &Finding) -> String {
    let level = match finding.level {
        Level::Ok => "ok  ",
        Level::Warn => "warn",
        Level::Fail => "FAIL",
    };
    let advice = finding
        .advice
        .as_ref()
        .map_or_else(String::new, |advice| format!(": {advice}"));
    format!("{level}  {}: {}{advice}", finding.check, finding.found)
}
