//! Fetching the keys over HTTP.
//!
//! **The rule**: one address, written by the service's operator; nothing in a token leads anywhere (RFC 8725 §3.10). Redirects are not followed, what
//! is too long or too slow is given up. Plain http is for loopback alone: who can change the answer signs people in.

use std::time::Duration;

use keyturn_token::{Jwk, JwkSet};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde::Deserialize;

use super::{Fetching, JwksError, JwksSource};

const TIMEOUT: Duration = Duration::from_secs(5);
/// Far more than a dozen keys.
const MAX_BYTES: usize = 64 * 1024;

/// The keys at an address: Keyturn's are at `/.well-known/jwks.json`.
#[derive(Clone, Debug)]
pub struct HttpJwks {
    client: Client,
    url: Url,
}

/// Why keys can't be fetched from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JwksUrlError {
    /// Not an absolute address.
    #[error("{0:?} is no address of a set of keys, such as https://id.example.org/.well-known/jwks.json")]
    Malformed(String),
    /// Plain http to another machine: whoever is between could put keys of their own there.
    #[error("keys are fetched by https, or by http from this machine alone: {0}")]
    PlainHttp(Url),
    /// The HTTP client can't be set up.
    #[error("the HTTP client can't be set up")]
    Client(#[source] reqwest::Error),
}

impl HttpJwks {
    /// By https, or by http from a loopback address.
    ///
    /// # Errors
    /// Another address, or no HTTP client.
    pub fn new(url: &str) -> Result<Self, JwksUrlError> {
        let source = Self::over_any_network(url)?;
        if source.url.scheme() == "https" || is_loopback(&source.url) {
            Ok(source)
        } else {
            Err(JwksUrlError::PlainHttp(source.url))
        }
    }

    /// By http from anywhere, too: for a private network whose every machine is trusted to sign people in.
    ///
    /// # Errors
    /// No address of http or https, or no HTTP client.
    pub fn over_any_network(url: &str) -> Result<Self, JwksUrlError> {
        let malformed = || JwksUrlError::Malformed(url.to_owned());
        let parsed = Url::parse(url).map_err(|_| malformed())?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(malformed());
        }
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .build()
            .map_err(JwksUrlError::Client)?;
        Ok(Self { client, url: parsed })
    }

    async fn ask(&self) -> Result<JwkSet, JwksError> {
        let request = self.client.get(self.url.clone());
        let mut response = request.send().await.map_err(unreachable)?;
        if response.status().as_u16() != 200 {
            return Err(JwksError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(JwksError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        read(&body)
    }
}

impl JwksSource for HttpJwks {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(self.ask())
    }
}

/// The keys that have the form of one of ours; others are passed over (RFC 7517 §5).
fn read(body: &[u8]) -> Result<JwkSet, JwksError> {
    #[derive(Deserialize)]
    struct AnyKeys {
        keys: Vec<serde_json::Value>,
    }
    let set: AnyKeys = serde_json::from_slice(body).map_err(JwksError::Malformed)?;
    let keys = set.keys.into_iter();
    Ok(JwkSet {
        keys: keys
            .filter_map(|key| serde_json::from_value::<Jwk>(key).ok())
            .collect(),
    })
}

fn is_loopback(url: &Url) -> bool {
    use std::net::IpAddr;
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn unreachable(error: reqwest::Error) -> JwksError {
    JwksError::Unreachable(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_by_https_or_from_this_machine() {
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
            let error = HttpJwks::new(url).err().map(|error| error.to_string());
            match (error, refused) {
                (None, None) => {}
                (Some(error), Some(part)) => assert!(error.contains(part), "{url}: {error}"),
                (error, _) => panic!("{url}: {error:?}"),
            }
        }
    }

    #[test]
    fn foreign_keys_in_a_set_are_passed_over() {
        let set = read(br#"{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"},{"kty":"OKP","crv":"Ed25519","x":"AA","alg":"EdDSA","use":"sig"}]}"#);
        assert_eq!(set.unwrap().keys.len(), 1);
        assert!(matches!(read(b"[]"), Err(JwksError::Malformed(_))));
        assert!(matches!(read(b"<html>"), Err(JwksError::Malformed(_))));
    }
}
