//! The algorithms that a key can be for. The key chooses, never the token (RFC 8725 §3.1).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An algorithm of RFC 7518 or RFC 8037.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// HMAC with SHA-256 (RFC 7518 §3.2): who verifies can also sign.
    #[serde(rename = "HS256")]
    Hs256,
    /// Ed25519 (RFC 8037 §3.1): the same signature for the same token.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4), for verifiers without Ed25519.
    #[serde(rename = "ES256")]
    Es256,
}

impl Algorithm {
    /// The name in a token's header, RFC 7518 §3.1.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
        }
    }
}

/// A text that names no algorithm of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the algorithms are HS256, EdDSA and ES256")]
pub struct UnknownAlgorithm;

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        [Self::Hs256, Self::EdDsa, Self::Es256]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or(UnknownAlgorithm)
    }
}
