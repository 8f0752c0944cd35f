//! Asking a Keyturn over HTTP, as `healthcheck` and `doctor` do.
//!
//! **The rule**: no proxy of the environment, no redirect followed, no answer awaited longer than [`PATIENCE`]: what is asked is
//! the address that was named. Certificates are judged as the system judges them; for plain http no certificate store is needed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use crate::failure::Failure;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client for this address.
pub(crate) fn client(url: &str) -> Result<Client, Failure> {
    let builder = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(PATIENCE)
        .user_agent(concat!("keyturn/", env!("CARGO_PKG_VERSION")));
    let builder = if url.starts_with("https://") {
        builder
    } else {
        builder.tls_certs_only(std::iter::empty())
    };
    builder
        .build()
        .map_err(|error| Failure::Unavailable(format!("cannot ask {url}: {}", causes(&error))))
}

/// Where a server that listens on `address` is reached from this machine.
pub(crate) fn local_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// An error with all that led to it, in one line.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_all_addresses_is_asked_on_loopback() {
        for (listen, url) in [
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            ("[::]:8080", "http://[::1]:8080"),
            ("127.0.0.2:1", "http://127.0.0.2:1"),
            ("192.0.2.7:80", "http://192.0.2.7:80"),
        ] {
            assert_eq!(local_url(listen.parse().unwrap()), url);
        }
    }
}
