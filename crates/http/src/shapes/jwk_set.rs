//! A set of public keys (RFC 7517).

use keyturn_token::{Jwk, JwkSet};
use serde::Serialize;
use utoipa::ToSchema;

/// Public keys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JwkSet)]
pub(crate) struct JwkSetBody {
    keys: Vec<JwkBody>,
}

/// A public key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Jwk)]
struct JwkBody {
    /// `OKP` or `EC`.
    kty: String,
    /// `Ed25519` or `P-256`.
    crv: String,
    /// The public key, or its first coordinate, base64url.
    x: String,
    /// The second coordinate, of `EC` keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    /// `EdDSA` or `ES256`.
    alg: String,
    /// `sig`.
    #[serde(rename = "use")]
    usage: String,
    /// The thumbprint of RFC 7638, as in the header of the tokens.
    kid: String,
}

impl From<JwkSet> for JwkSetBody {
    fn from(set: JwkSet) -> Self {
        Self {
            keys: set.keys.into_iter().map(JwkBody::from).collect(),
        }
    }
}

impl From<Jwk> for JwkBody {
    fn from(key: Jwk) -> Self {
        let kid = key.thumbprint();
        let Jwk {
            kty,
            crv,
            x,
            y,
            alg,
            usage,
            kid: _,
        } = key;
        Self {
            kty,
            crv,
            x,
            y,
            alg,
            usage,
            kid,
        }
    }
}
