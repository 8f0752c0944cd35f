//! Public keys as JSON (RFC 7517), and their names (RFC 7638).
//!
//! **The rule**: only public keys can be written. There is no field for a secret or a private part, and no key of type `oct` has a
//! form here, so that a set of keys can be shown to everybody.
//!
//! **The caveat**: a key names its algorithm and its use. One that does not, or that names another thing than a signature by an
//! algorithm of ours, is no key of ours, although RFC 7517 leaves both open.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::error::KeyError;

const SIGNATURES: &str = "sig";
const COORDINATE: usize = 32;

/// A public key (RFC 7517 §4; members for elliptic curves: RFC 7518 §6.2.1, RFC 8037 §2). Unknown members are ignored when it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `OKP` or `EC`.
    pub kty: String,
    /// `Ed25519` or `P-256`.
    pub crv: String,
    /// The public key, or its first coordinate: 32 bytes, base64url.
    pub x: String,
    /// The second coordinate, of `EC` keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// `EdDSA` or `ES256`.
    pub alg: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// The thumbprint of RFC 7638 (SHA-256, base64url); may be absent in what is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
}

/// A set of public keys (RFC 7517 §5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys, in no order.
    pub keys: Vec<Jwk>,
}

impl Jwk {
    /// The form of a public key: 32 bytes of Ed25519, or an uncompressed point of P-256 (SEC 1 §2.3.3).
    pub(crate) fn of(algorithm: Algorithm, public: &[u8]) -> Result<Self, KeyError> {
        let (kty, crv, x, y) = match algorithm {
            Algorithm::Hs256 => return Err(KeyError::Unusable),
            Algorithm::EdDsa => ("OKP", "Ed25519", public, None),
            Algorithm::Es256 => {
                let (x, y) = match public.strip_prefix(&[4]) {
                    Some(point) if point.len() == 2 * COORDINATE => point.split_at(COORDINATE),
                    _ => return Err(KeyError::Unusable),
                };
                ("EC", "P-256", x, Some(URL_SAFE_NO_PAD.encode(y)))
            }
        };
        let mut key = Self {
            kty: kty.to_owned(),
            crv: crv.to_owned(),
            x: URL_SAFE_NO_PAD.encode(x),
            y,
            alg: algorithm.name().to_owned(),
            usage: SIGNATURES.to_owned(),
            kid: None,
        };
        key.kid = Some(key.thumbprint());
        Ok(key)
    }

    /// RFC 7638 §3: SHA-256 over the required members, in the order of their names, without blanks.
    pub fn thumbprint(&self) -> String {
        let Self { kty, crv, x, y, .. } = self;
        // Base64url and fixed names: nothing to escape where the key is one of ours, and no key of ours where there is.
        let members = match y {
            None => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"}}"#),
            Some(y) => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
    }

    /// The algorithm and the key's bytes, as [`Jwk::of`] takes them.
    pub(crate) fn parts(&self) -> Result<(Algorithm, Vec<u8>), KeyError> {
        let fields = (
            self.kty.as_str(),
            self.crv.as_str(),
            self.alg.as_str(),
            self.usage.as_str(),
        );
        let (algorithm, public) = match (fields, &self.y) {
            (("OKP", "Ed25519", "EdDSA", SIGNATURES), None) => (Algorithm::EdDsa, coordinate(&self.x)?),
            (("EC", "P-256", "ES256", SIGNATURES), Some(y)) => {
                let point = [vec![4], coordinate(&self.x)?, coordinate(y)?].concat();
                (Algorithm::Es256, point)
            }
            _ => return Err(KeyError::Unusable),
        };
        if self.kid.as_ref().is_some_and(|kid| *kid != self.thumbprint()) {
            return Err(KeyError::Unusable);
        }
        Ok((algorithm, public))
    }
}

/// RFC 7518 §6.2.1.2: the full length, leading zeros included.
fn coordinate(text: &str) -> Result<Vec<u8>, KeyError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::Unusable)?;
    if bytes.len() == COORDINATE {
        Ok(bytes)
    } else {
        Err(KeyError::Unusable)
    }
}
