//! The claims of an access token, and the one rule about its time.
//!
//! Times are whole seconds since the Unix epoch (RFC 7519 §2, NumericDate). Optional claims are absent where they have no
//! value, never `null`. Claims that are not listed here are ignored when a token is read, so that a newer issuer does not
//! break an older verifier; but for `nbf`, which can't be ignored in safety: no issuer of ours writes it, and a token that
//! has it is refused (RFC 7519 §4.1.5).

use std::fmt;

use jiff::Timestamp;
use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::error::VerifyError;
use crate::object;

/// What an access token says.
///
/// Its `Debug` leaves out the email address, so that claims can stand in a log line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The account: the id that the application knows it by.
    pub sub: String,
    /// When the token was issued. Not judged: clocks of two nodes differ.
    pub iat: i64,
    /// The second from which the token is no longer good.
    pub exp: i64,
    /// The token's own id, unique.
    #[serde(deserialize_with = "canonical_id")]
    pub jti: Uuid,
    /// Who issued it.
    pub iss: String,
    /// The session it belongs to.
    #[serde(deserialize_with = "canonical_id")]
    pub sid: Uuid,
    /// The session's generation when it was issued.
    #[serde(rename = "gen")]
    pub generation: u32,
    /// The account's email address, where the issuer is set to name it.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub email: Option<String>,
    /// The account's permissions, where the issuer is set to name them.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub permissions: Option<Vec<String>>,
    /// Whom the token is for, where an audience is configured.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub aud: Option<String>,
    /// The issuer's own mark, where the key is shared with others who could sign too. Means nothing to anybody else.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub kt: Option<String>,
}

/// The token's time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the access token has expired")]
pub struct TokenExpired;

impl AccessClaims {
    /// Reads a payload whose signature was right.
    pub(crate) fn read(json: &[u8]) -> Result<Self, VerifyError> {
        let NotBefore { nbf: None } = object::read(json).map_err(|_| VerifyError::Claims)? else {
            return Err(VerifyError::Claims);
        };
        serde_json::from_slice(json).map_err(|_| VerifyError::Claims)
    }

    /// Refuses claims whose time is over: `now` must be before `exp` (RFC 7519 §4.1.4), without leeway.
    ///
    /// # Errors
    /// The token was good until `exp`; a refresh may help its bearer.
    pub fn check_time(&self, now: Timestamp) -> Result<(), TokenExpired> {
        if now.as_second() < self.exp {
            Ok(())
        } else {
            Err(TokenExpired)
        }
    }
}

/// Whether there is an `nbf`, of whatever value.
#[derive(Deserialize)]
struct NotBefore {
    #[serde(default, deserialize_with = "present")]
    nbf: Option<IgnoredAny>,
}

/// A value where the claim stands, so that `null` is none: only an absent claim has no value.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// An id as we write it: hyphenated and in lower case, not one of the other spellings that UUIDs have (RFC 9562 §4).
fn canonical_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    let text = String::deserialize(deserializer)?;
    let id = Uuid::try_parse(&text).map_err(D::Error::custom)?;
    if text == *id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) {
        Ok(id)
    } else {
        Err(D::Error::custom(
            "an id is written with hyphens and in lower case",
        ))
    }
}

impl fmt::Debug for AccessClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessClaims")
            .field("sub", &self.sub)
            .field("iat", &self.iat)
            .field("exp", &self.exp)
            .field("jti", &self.jti)
            .field("iss", &self.iss)
            .field("sid", &self.sid)
            .field("generation", &self.generation)
            .field("permissions", &self.permissions)
            .field("aud", &self.aud)
            .finish_non_exhaustive()
    }
}
