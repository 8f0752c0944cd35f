//! Fetching the keys over HTTP.
//!
//! **The rule**: one address, written by the service's operator; nothing in a token leads anywhere (RFC 8725 §3.10). Redirects are not followed, what
//! is too long or too slow is given up. Plain http is for loopback alone: who can change the answer signs people in.

use std::time::Duration;

use keyturn_token::{Jwk, JwkSet};
use reqwest::{Client, Url};
use serde::Deserialize;

use super::{Fetching, JwksError, JwksSource};
use crate::address::{self, AddressError};

const TIMEOUT: Duration = Duration::from_secs(5);
/// Far more than a dozen keys.
const MAX_BYTES: usize = 64 * 1024;

/// The keys at an address: Keyturn's are at `/.well-known/jwks.json`.
#[derive(Clone, Debug)]
pub struct HttpJwks {
    client: Client,
    url: Url,
}

impl HttpJwks {
    /// By https, or by http from a loopback address.
    ///
    /// # Errors
    /// Another address, or no HTTP client.
    pub fn new(url: &str) -> Result<Self, AddressError> {
        address::trusted(url).and_then(Self::at)
    }

    /// By http from anywhere, too: for a private network whose every machine is trusted to sign people in.
    ///
    /// # Errors
    /// No address of http or https, or no HTTP client.
    pub fn over_any_network(url: &str) -> Result<Self, AddressError> {
        address::any(url).and_then(Self::at)
    }

    fn at(url: Url) -> Result<Self, AddressError> {
        let client = address::client(TIMEOUT)?;
        Ok(Self { client, url })
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

fn unreachable(error: reqwest::Error) -> JwksError {
    JwksError::Unreachable(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_keys_in_a_set_are_passed_over() {
        let set = read(br#"{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"},{"kty":"OKP","crv":"Ed25519","x":"AA","alg":"EdDSA","use":"sig"}]}"#);
        assert_eq!(set.unwrap().keys.len(), 1);
        assert!(matches!(read(b"[]"), Err(JwksError::Malformed(_))));
        assert!(matches!(read(b"<html>"), Err(JwksError::Malformed(_))));
    }
}
