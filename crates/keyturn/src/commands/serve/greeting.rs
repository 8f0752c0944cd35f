//! The eight lines that `serve` begins with: address, data, secrets, fitness, operators, clock and origins, mail, what to do next.

use std::net::SocketAddr;

use crate::adapters::mail;
use crate::config::{Config, MailConfig, MailWay, is_local};
use crate::{secrets, wire};

/// What an operator wants to know at start.
pub(super) fn lines(
    config: &Config,
    first_start: bool,
    ops: Option<SocketAddr>,
    virtual_clock: bool,
    has_administrator: bool,
) -> String {
    let url = wire::public_url(config);
    [
        format!(
            "Keyturn {} serves {url} (listening on {})",
            env!("CARGO_PKG_VERSION"),
            config.http.listen
        ),
        format!("Data:       {}", wire::store::name(config)),
        format!("Secrets:    {}", secrets_line(config, first_start)),
        format!("Production: {}", production_line(config)),
        format!("Operators:  {}", ops_line(ops)),
        format!("Tests:      {}", clock_line(ops.filter(|_| virtual_clock))),
        format!("Mail:       {}", mail_line(config)),
        format!("Next:       {}", next_line(config, &url, has_administrator)),
    ]
    .join("\n")
}

fn secrets_line(config: &Config, first_start: bool) -> String {
    if config.master_secret.is_some() {
        return "from the configuration (master_secret)".to_owned();
    }
    let path = secrets::secret_path(config);
    let made = if first_start {
        ", made just now: keep a copy apart from the database"
    } else {
        ""
    };
    format!("{}{made}", path.display())
}

fn production_line(config: &Config) -> String {
    let mut missing = Vec::new();
    if !config
        .http
        .public_url
        .as_deref()
        .is_some_and(|url| url.starts_with("https://"))
    {
        missing.push("http.public_url (https)");
    }
    if config.http.dev_cookies {
        missing.push("http.dev_cookies = false (cookies are weakened)");
    }
    if config.http.insecure {
        missing.push("http.insecure = false (tokens may travel in the clear)");
    }
    if missing.is_empty() {
        return "ready".to_owned();
    }
    let origins = if is_local(config) {
        "; pages on loopback may call it"
    } else {
        ""
    };
    format!("not yet, missing {}{origins}", missing.join(", "))
}

fn mail_line(config: &Config) -> String {
    match MailConfig::way(config) {
        MailWay::Smtp => format!("by {}", config.mail.host.as_deref().unwrap_or_default()),
        MailWay::Outbox => format!(
            "written to {} (mail.host is not set)",
            mail::outbox_folder(config).display()
        ),
        MailWay::Off => "none is sent (mail.host is not set): nobody can reset a password".to_owned(),
    }
}

fn ops_line(ops: Option<SocketAddr>) -> String {
    match ops {
        Some(ops) => format!("http://{ops}/metrics"),
        None => "no metrics (ops.listen is off)".to_owned(),
    }
}

fn clock_line(ops: Option<SocketAddr>) -> String {
    match ops {
        Some(ops) => {
            format!(
                "time stands still; move it: curl http://{ops}/test/clock -H 'content-type: application/json' -d '{{\"advance\":\"60m\"}}'"
            )
        }
        None => "serve --virtual-clock lets a test move the time".to_owned(),
    }
}

/// A first sign-up, and before it the first administrator where there is none.
fn next_line(config: &Config, url: &str, has_administrator: bool) -> String {
    let sign_up = format!(
        "curl {url}/auth/signup -H 'content-type: application/json' -d '{{\"email\":\"you@example.org\",\"password\":\"a long and quiet phrase\"}}'"
    );
    if has_administrator {
        return sign_up;
    }
    let folder = if config.data_dir == Config::default().data_dir {
        String::new()
    } else {
        format!(" --data-dir {}", config.data_dir.display())
    };
    format!(
        "nobody can administer yet: keyturn user create --email you@example.org --admin{folder}; or {sign_up}"
    )
}
