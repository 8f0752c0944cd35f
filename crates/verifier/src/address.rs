//! Where Keyturn is, and how it is asked.
//!
//! **The rule**: https, or loopback: who can change an answer on its way signs people in. Redirects are not followed; every question has its time.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// How long connecting for a stream may take.
#[cfg(feature = "feed")]
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// Why Keyturn can't be asked there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Not an absolute address of http or https.
    #[error("{0:?} is no address, such as https://id.example.org/.well-known/jwks.json")]
    Malformed(String),
    /// Plain http to another machine: whoever is between could answer.
    #[error("Keyturn is asked by https, or by http on this machine alone: {0}")]
    PlainHttp(Url),
    /// The HTTP client can't be set up.
    #[error("the HTTP client can't be set up")]
    Client(#[source] reqwest::Error),
}

/// An address of https, or of http on this machine.
pub(crate) fn trusted(url: &str) -> Result<Url, AddressError> {
    let url = any(url)?;
    if url.scheme() == "https" || is_loopback(&url) {
        Ok(url)
    } else {
        Err(AddressError::PlainHttp(url))
    }
}

/// An address of https or http.
pub(crate) fn any(text: &str) -> Result<Url, AddressError> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| AddressError::Malformed(text.to_owned()))
}

/// A client that gives up after `timeout`, body included.
#[cfg(any(feature = "jwks", feature = "introspection"))]
pub(crate) fn client(timeout: Duration) -> Result<Client, AddressError> {
    Client::builder()
        .redirect(Policy::none())
        .timeout(timeout)
        .build()
        .map_err(AddressError::Client)
}

/// A client for an answer that does not end. Who reads it bounds each wait.
#[cfg(feature = "feed")]
pub(crate) fn streaming_client() -> Result<Client, AddressError> {
    Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_WITHIN)
        .tcp_nodelay(true)
        .build()
        .map_err(AddressError::Client)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyturn_is_asked_by_https_or_on_this_machine() {
        for (url, refused) in [
            ("https://id.example.org/.well-known/jwks.json", None),
            ("http://localhost:8080/.well-known/jwks.json", None),
            ("http://127.0.0.1:8080/", None),
            ("http://[::1]:8080/", None),
            ("http://id.example.org/", Some("by https")),
            ("http://localhost.example.org/", Some("by https")),
            ("http://10.0.0.1/", Some("by https")),
            ("file:///etc/keys.json", Some("is no address")),
            ("/.well-known/jwks.json", Some("is no address")),
        ] {
            let error = trusted(url).err().map(|error| error.to_string());
            match (error, refused) {
                (None, None) => {}
                (Some(error), Some(part)) => assert!(error.contains(part), "{url}: {error}"),
                (error, _) => panic!("{url}: {error:?}"),
            }
        }
    }
}
