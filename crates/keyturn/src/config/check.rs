//! What a configuration must fulfil before Keyturn starts with it. All that is wrong is said at once.

use std::net::IpAddr;

use jiff::SignedDuration;

use super::values::Period;
use super::{Config, StoreUrl, jwt, mail, retention, tasks};
use crate::failure::Failure;

/// Refuses a configuration that would be unsafe or could not work.
pub(crate) fn check(config: &Config) -> Result<(), Failure> {
    let mut wrong = Vec::new();
    lifetimes(config, &mut wrong);
    listener(config, &mut wrong);
    limits(config, &mut wrong);
    passwords(config, &mut wrong);
    throttles(config, &mut wrong);
    store(config, &mut wrong);
    jwt::check(config, &mut wrong);
    retention::check(config, &mut wrong);
    tasks::check(config, &mut wrong);
    mail::check(config, &mut wrong);
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::Config(wrong.join("; ")))
    }
}

/// Whether people reach this server only from this machine.
pub(crate) fn is_local(config: &Config) -> bool {
    let listens_locally = config.http.listen.ip().is_loopback();
    listens_locally && config.http.public_url.as_deref().is_none_or(is_loopback_url)
}

/// The host of an http or https URL, without port.
fn host(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if let Some(bracketed) = authority.strip_prefix('[') {
        return bracketed.split(']').next();
    }
    authority.split(':').next().filter(|host| !host.is_empty())
}

pub(crate) fn is_loopback_url(url: &str) -> bool {
    host(url)
        .is_some_and(|host| host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

fn is_private_url(url: &str) -> bool {
    let private = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    };
    is_loopback_url(url) || host(url).is_some_and(|host| host.parse().is_ok_and(private))
}

fn lifetimes(config: &Config, wrong: &mut Vec<String>) {
    let Config {
        jwt,
        session,
        refresh,
        revocation,
        ..
    } = config;
    let window = refresh.concurrent_window.0;
    if jwt.access_ttl.0 < window.saturating_mul(3) || jwt.access_ttl.0 < SignedDuration::from_secs(1) {
        wrong.push(format!(
            "jwt.access_ttl ({}) must be at least three times refresh.concurrent_window ({}), and one second",
            jwt.access_ttl, refresh.concurrent_window
        ));
    }
    if !window.is_zero() && window < SignedDuration::from_secs(1) {
        wrong.push(format!("refresh.concurrent_window ({}) must be 0s or at least 1s: no request lives longer than half of it", refresh.concurrent_window));
    }
    if window > SignedDuration::from_mins(1) {
        wrong.push(format!(
            "refresh.concurrent_window ({}) may be at most 1m: a thief has it, too",
            refresh.concurrent_window
        ));
    }
    if revocation.max_staleness.0 > SignedDuration::from_mins(1) {
        wrong.push(format!(
            "revocation.max_staleness ({}) may be at most 1m: so long a revoked session may live",
            revocation.max_staleness
        ));
    }
    if refresh.unproven_window.0 > SignedDuration::from_mins(1) {
        wrong.push(format!(
            "refresh.unproven_window ({}) may be at most 1m: a thief has it, too",
            refresh.unproven_window
        ));
    }
    let mut pair = |name: &str, idle: Period, absolute: Period| {
        if idle.0 < jwt.access_ttl.0.saturating_mul(2) {
            wrong.push(format!(
                "session.{name} ({idle}) must be at least twice jwt.access_ttl ({})",
                jwt.access_ttl
            ));
        }
        if absolute.0 < idle.0 {
            wrong.push(format!(
                "session.{name} ({idle}) is longer than the absolute time-out ({absolute})"
            ));
        }
    };
    pair("idle_timeout", session.idle_timeout, session.absolute_timeout);
    match (session.remember_idle, session.remember_absolute) {
        (Some(idle), Some(absolute)) => pair("remember_idle", idle, absolute),
        (None, None) => {}
        _ => wrong.push(
            "session.remember_idle and session.remember_absolute go together: set both or neither".to_owned(),
        ),
    }
}

fn listener(config: &Config, wrong: &mut Vec<String>) {
    let http = &config.http;
    if let Some(url) = &http.public_url
        && (host(url).is_none() || url.trim_end_matches('/').matches('/').count() > 2)
    {
        wrong.push(format!(
            "http.public_url ({url}) must be an origin, like https://id.example.org"
        ));
    }
    let https = http
        .public_url
        .as_ref()
        .is_some_and(|url| url.starts_with("https://"));
    if !http.listen.ip().is_loopback() && !https && !http.insecure {
        wrong.push(format!(
            "http.listen ({}) is reachable from other machines: set http.public_url to the https address that people use",
            http.listen
        ));
    }
    if let Some(listen) = config.ops.listen.0
        && !listen.ip().is_loopback()
        && !config.ops.allow_remote
    {
        wrong.push(format!(
            "ops.listen ({listen}) is reachable from other machines: set ops.allow_remote where strangers are kept away from it"
        ));
    }
    if http.dev_cookies && !http.public_url.as_deref().is_none_or(is_private_url) {
        wrong.push("http.dev_cookies is only for a loopback or private http.public_url".to_owned());
    }
    if http.dev_cookies && http.public_url.is_none() && !http.listen.ip().is_loopback() {
        wrong.push("http.dev_cookies is only for a loopback or private http.public_url".to_owned());
    }
}

/// A limit of zero would serve nobody; one of a day would be none.
fn limits(config: &Config, wrong: &mut Vec<String>) {
    let http = &config.http;
    for (name, period) in [
        ("header_timeout", http.header_timeout),
        ("body_timeout", http.body_timeout),
        ("write_timeout", http.write_timeout),
        ("idle_timeout", http.idle_timeout),
    ] {
        if period.0 < SignedDuration::from_millis(100) || period.0 > SignedDuration::from_hours(1) {
            wrong.push(format!("http.{name} ({period}) must be from 100ms to 1h"));
        }
    }
    if http.drain_delay.0 > SignedDuration::from_mins(10) {
        wrong.push(format!(
            "http.drain_delay ({}) may be at most 10m",
            http.drain_delay
        ));
    }
    for (name, number) in [
        ("max_connections", http.max_connections),
        ("max_requests", http.max_requests),
    ] {
        if !(1..=1_000_000).contains(&number) {
            wrong.push(format!("http.{name} ({number}) must be from 1 to 1000000"));
        }
    }
}

fn passwords(config: &Config, wrong: &mut Vec<String>) {
    let password = &config.password;
    if !(8..=64).contains(&password.min_length) {
        wrong.push(format!(
            "password.min_length ({}) must be from 8 to 64",
            password.min_length
        ));
    }
    if password.context.0.len() > 16 {
        wrong.push("password.context takes 16 names at most".to_owned());
    }
    if password.min_strength > 4 {
        wrong.push(format!(
            "password.min_strength ({}) must be from 0 to 4",
            password.min_strength
        ));
    }
}

fn throttles(config: &Config, wrong: &mut Vec<String>) {
    let throttle = &config.throttle;
    for (name, refill) in [
        ("account_refill", throttle.account_refill),
        ("address_refill", throttle.address_refill),
        ("device_refill", throttle.device_refill),
    ] {
        if !(SignedDuration::from_millis(1)..=SignedDuration::from_hours(24)).contains(&refill.0) {
            wrong.push(format!(
                "throttle.{name} ({refill}) must be from 1ms to 1d; to limit nothing, set throttle.enabled to false"
            ));
        }
    }
}

/// Over a database that others can reach, a secret in one node's folder would be that node's alone.
fn store(config: &Config, wrong: &mut Vec<String>) {
    let store = &config.store;
    if store.url != StoreUrl::Sqlite && config.master_secret.is_none() {
        wrong.push(
            "store.url names a PostgreSQL database: set KEYTURN_MASTER_SECRET or KEYTURN_MASTER_SECRET_FILE, to the same on every node; \
             `openssl rand -base64 48` makes one"
                .to_owned(),
        );
    }
    if !(1..=1_000).contains(&store.pool_size) {
        wrong.push(format!(
            "store.pool_size ({}) must be from 1 to 1000",
            store.pool_size
        ));
    }
    for (name, period) in [
        ("connect_timeout", store.connect_timeout),
        ("statement_timeout", store.statement_timeout),
    ] {
        if period.0 < SignedDuration::from_millis(100) || period.0 > SignedDuration::from_mins(1) {
            wrong.push(format!("store.{name} ({period}) must be from 100ms to 1m"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{JwtAlgorithm, Secret};

    type Change = fn(&mut Config);

    fn with(change: impl FnOnce(&mut Config)) -> Result<(), Failure> {
        let mut config = Config::default();
        change(&mut config);
        check(&config)
    }

    const GOOD_SECRET: &str = "k3V9x-Qm27p_LsTz81ybWfHnRc40dUeGjAoXiB65";

    fn secret(text: &str) -> Secret {
        toml::Value::String(text.to_owned()).try_into().unwrap()
    }

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    #[test]
    fn the_defaults_are_good() {
        assert!(check(&Config::default()).is_ok());
        assert!(is_local(&Config::default()));
    }

    #[test]
    fn what_would_be_unsafe_is_refused() {
        let refused: [(&str, Change); 29] = [
            ("ops.allow_remote", |c| {
                c.ops.listen = "0.0.0.0:8081".parse().unwrap()
            }),
            ("at most 10m", |c| c.http.drain_delay = period("11m")),
            ("KEYTURN_MASTER_SECRET", |c| {
                c.store.url = StoreUrl::Postgres("postgres://db/kt".to_owned().into());
            }),
            ("pool_size", |c| c.store.pool_size = 0),
            ("statement_timeout", |c| c.store.statement_timeout = period("0s")),
            ("header_timeout", |c| c.http.header_timeout = period("0s")),
            ("max_requests", |c| c.http.max_requests = 0),
            ("three times", |c| c.jwt.access_ttl = period("29s")),
            ("twice", |c| c.session.idle_timeout = period("59m")),
            ("longer than", |c| c.session.absolute_timeout = period("59m")),
            ("both or neither", |c| {
                c.session.remember_idle = Some(period("7d"))
            }),
            ("at most 1m", |c| c.refresh.concurrent_window = period("2m")),
            ("at most 1m", |c| c.refresh.unproven_window = period("1h")),
            ("at most 1m", |c| c.revocation.max_staleness = period("1h")),
            ("at least 1s", |c| c.refresh.concurrent_window = period("1ms")),
            ("reachable", |c| c.http.listen = "0.0.0.0:8080".parse().unwrap()),
            ("must be an origin", |c| {
                c.http.public_url = Some("id.example.org".to_owned())
            }),
            ("dev_cookies", |c| {
                c.http.dev_cookies = true;
                c.http.public_url = Some("https://id.example.org".to_owned());
            }),
            ("min_length", |c| c.password.min_length = 7),
            ("min_strength", |c| c.password.min_strength = 5),
            ("password.context", |c| {
                c.password.context.0 = vec!["name".to_owned(); 17]
            }),
            ("account_refill", |c| c.throttle.account_refill = period("0s")),
            ("publish_period", |c| c.jwt.publish_period = period("299s")),
            ("publish_period", |c| c.jwt.publish_period = period("31d")),
            ("at least 32", |c| {
                c.jwt.secret = Some(secret("0123456789abcdefghijklmnopqrstu"))
            }),
            ("at least 32", |c| {
                c.jwt.secret = Some(secret("0000000000000000000000000000000000000000"));
            }),
            ("is for HS256", |c| {
                c.jwt.secret = Some(secret(GOOD_SECRET));
                c.jwt.algorithm = JwtAlgorithm::Es256;
            }),
            ("is shared", |c| {
                c.jwt.secret = Some(secret(GOOD_SECRET));
                c.master_secret = Some(secret(GOOD_SECRET));
            }),
            ("device_refill", |c| c.throttle.device_refill = period("2d")),
        ];
        for (part, change) in refused {
            let said = with(change).unwrap_err().to_string();
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn a_listener_for_the_world_takes_https_or_a_plain_word() {
        let world = "0.0.0.0:8080".parse().unwrap();
        assert!(
            with(|c| {
                c.http.listen = world;
                c.http.public_url = Some("https://id.example.org".to_owned());
            })
            .is_ok()
        );
        assert!(
            with(|c| {
                c.http.listen = world;
                c.http.insecure = true;
            })
            .is_ok()
        );
    }

    #[test]
    fn loopback_urls_are_recognised_by_their_host_alone() {
        for (url, loopback) in [
            ("http://localhost:8080", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:8080", true),
            ("https://localhost.example.org", false),
            ("https://127.0.0.1.example.org", false),
            ("https://example.org/localhost", false),
        ] {
            assert_eq!(is_loopback_url(url), loopback, "{url}");
        }
    }
}
