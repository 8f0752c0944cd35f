//! `[jwt]`: access tokens and the keys that sign them.

use jiff::SignedDuration;
use keyturn_core::credential::MasterSecret;
use keyturn_http::JWKS_MAX_AGE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Config;
use super::values::{Period, Secret};

/// How access tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum JwtAlgorithm {
    /// HMAC with SHA-256: one secret signs and verifies.
    #[serde(rename = "HS256")]
    Hs256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256, for libraries without Ed25519.
    #[serde(rename = "ES256")]
    Es256,
}

/// Access tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct JwtConfig {
    /// `iss`; the public URL where it is not set, `http://localhost` where that is not set either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issuer: Option<String>,
    /// `aud`; absent from tokens where it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) audience: Option<String>,
    /// How access tokens are signed. With EdDSA and ES256 applications verify them by the public keys at `/.well-known/jwks.json`; with
    /// HS256 only who has the secret can.
    pub(crate) algorithm: JwtAlgorithm,
    /// At least 32 random bytes as text, to sign by HS256 with a secret that applications have, too. Whoever has it can make tokens that
    /// other applications take; Keyturn itself takes its own alone. Prefer EdDSA. Without it the secret stays within Keyturn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<Secret>,
    /// The `secret` before it; tokens signed with it stay good while this is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous_secret: Option<Secret>,
    /// How long a new key is shown before it is used. At least 5m, for which applications may keep the public keys.
    pub(crate) publish_period: Period,
    /// Life of an access token. At least three times `refresh.concurrent_window`.
    pub(crate) access_ttl: Period,
    /// Whether the email is a claim.
    pub(crate) email_claim: bool,
    /// Whether permissions are a claim. Keyturn itself never takes them from there.
    pub(crate) permissions_claim: bool,
}

impl Default for JwtConfig {
    fn default() -> Self {
        Self {
            issuer: None,
            audience: None,
            algorithm: JwtAlgorithm::Hs256,
            secret: None,
            previous_secret: None,
            publish_period: Period(SignedDuration::from_mins(15)),
            access_ttl: Period(SignedDuration::from_mins(30)),
            email_claim: true,
            permissions_claim: false,
        }
    }
}

/// Refuses shared secrets that are weak or not only shared, and keys that would be used before they are known.
pub(super) fn check(config: &Config, wrong: &mut Vec<String>) {
    let jwt = &config.jwt;
    let shortest = SignedDuration::from_secs(i64::from(JWKS_MAX_AGE));
    if !(shortest..=SignedDuration::from_hours(24 * 30)).contains(&jwt.publish_period.0) {
        wrong.push(format!(
            "jwt.publish_period ({}) must be from {}s, for which applications may keep the public keys, to 30d",
            jwt.publish_period, JWKS_MAX_AGE
        ));
    }
    if jwt.secret.is_some() && jwt.algorithm != JwtAlgorithm::Hs256 {
        wrong.push("jwt.secret is for HS256: take it out, or set jwt.algorithm to HS256".to_owned());
    }
    if jwt.previous_secret.is_some() && jwt.secret.is_none() {
        wrong.push("jwt.previous_secret goes with jwt.secret: set that, too, or neither".to_owned());
    }
    if jwt.secret.is_some()
        && (jwt.secret == config.master_secret || jwt.secret == config.previous_master_secret)
    {
        wrong.push("jwt.secret is shared, master_secret must not be: make another one".to_owned());
    }
    for (name, secret) in [("secret", &jwt.secret), ("previous_secret", &jwt.previous_secret)] {
        let strong = secret
            .as_ref()
            .map(|secret| MasterSecret::new(secret.expose().into()));
        if let Some(Err(_)) = strong {
            wrong.push(format!(
                "jwt.{name} must have at least {} random bytes, for example from `openssl rand -base64 48`",
                MasterSecret::MIN_LEN
            ));
        }
    }
}
