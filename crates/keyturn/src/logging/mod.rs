//! The log: lines on standard error, for people or as JSON.
//!
//! **The rule**: every line that a request causes carries `request.id`, at every level and without a span: the edge remembers the
//! id with the task, and whoever writes a line asks for it ([`keyturn_http::request_id`]).
//!
//! **The caveat**: the writer thread of the store and the hash threads work for several requests; their lines carry none.

mod json;
mod text;

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use self::json::JsonLines;
use self::text::TextLines;
use crate::config::{LogConfig, LogFormat, LogLevel};

/// What the log says in any case of libraries that say more than anybody needs.
const QUIET: &str = "refinery_core=warn";
/// What no filter brings into the log: the database's driver writes what statements are run with, hashes of passwords and nonces of
/// sessions among it.
const SILENT: &str = "tokio_postgres=info";
/// Where the line of a request is written.
const REQUESTS: &str = "keyturn_http::request_line=debug";

/// Begins to log. `KEYTURN_LOG` filters where it is set, else the configuration.
pub(crate) fn start(config: &LogConfig) {
    let wanted = std::env::var("KEYTURN_LOG")
        .ok()
        .filter(|wanted| !wanted.is_empty());
    let filter = wanted.and_then(|wanted| EnvFilter::try_new(format!("{wanted},{SILENT}")).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(format!("{},{SILENT}", directives(config))));
    let colour = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.format {
        LogFormat::Text => subscriber
            .with_ansi(colour)
            .event_format(TextLines::new(colour))
            .init(),
        LogFormat::Json => subscriber.with_ansi(false).event_format(JsonLines).init(),
    }
}

fn directives(config: &LogConfig) -> String {
    let level = match config.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    if config.requests {
        format!("{level},{QUIET},{REQUESTS}")
    } else {
        format!("{level},{QUIET}")
    }
}

/// Whether an event says itself which request it belongs to.
fn names_request(event: &tracing::Event<'_>) -> bool {
    event.metadata().fields().field("request.id").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_becomes_a_filter() {
        for (level, requests, expected) in [
            (LogLevel::Info, false, "info,refinery_core=warn"),
            (
                LogLevel::Warn,
                true,
                "warn,refinery_core=warn,keyturn_http::request_line=debug",
            ),
        ] {
            let config = LogConfig {
                format: LogFormat::Text,
                level,
                requests,
            };
            assert_eq!(directives(&config), expected);
            assert!(EnvFilter::try_new(directives(&config)).is_ok());
        }
    }
}
