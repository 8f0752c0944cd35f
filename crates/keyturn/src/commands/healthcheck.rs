//! `keyturn healthcheck`: is a server ready? For containers, which have no curl.

use serde_json::json;

use super::output;
use crate::adapters::probe;
use crate::cli::HealthcheckArgs;
use crate::config::Config;
use crate::failure::Failure;

pub(super) async fn run(config: &Config, args: &HealthcheckArgs) -> Result<(), Failure> {
    let base = args
        .url
        .clone()
        .unwrap_or_else(|| probe::local_url(config.http.listen));
    let url = format!("{}/readyz", base.trim_end_matches('/'));
    let found = ask(&url).await;
    if args.output.json {
        let wrong = found.as_ref().err();
        output::print_json(&json!({ "url": url, "ready": wrong.is_none(), "detail": wrong }))?;
    }
    match found {
        Ok(()) if args.output.json => Ok(()),
        Ok(()) => output::print(&format!("{url}: ready")),
        Err(wrong) => Err(Failure::Refused(wrong)),
    }
}

async fn ask(url: &str) -> Result<(), String> {
    let client = probe::client(url).map_err(|failure| failure.to_string())?;
    let answer = client.get(url).send().await;
    let answer = answer.map_err(|error| format!("no answer: {}", probe::causes(&error)))?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("{url} answers {status}")),
    }
}
