//! The claims of an access token, and the one rule about its time.
//!
//! Times are whole seconds since the Unix epoch (RFC 7519 §2, NumericDate). Optional claims are absent where they have no
//! value, never `null`. Claims that are not listed here are ignored when a token is read, so that a newer issuer does not
//! break an older verifier; but for `nbf`, which can't be ignored in safety: no issuer of ours writes it, and a token that
//! has it is refused (RFC 7519 §4.1.5).

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::error::VerifyError;
use crate::object::{Name, Value};

/// What an access token says.
///
/// Its `Debug` leaves out the email address, so that claims can stand in a log line.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AccessClaims {
    /// The account: the id that the application knows it by.
    pub sub: String,
    /// When the token was issued. Not judged: clocks of two nodes differ.
    pub iat: i64,
    /// The second from which the token is no longer good.
    pub exp: i64,
    /// The token's own id, unique.
    pub jti: Uuid,
    /// Who issued it.
    pub iss: String,
    /// The session it belongs to.
    pub sid: Uuid,
    /// The session's generation when it was issued.
    #[serde(rename = "gen")]
    pub generation: u32,
    /// The account's email address, where the issuer is set to name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The account's permissions, where the issuer is set to name them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// Whom the token is for, where an audience is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// The issuer's own mark, where the key is shared with others who could sign too. Means nothing to anybody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kt: Option<String>,
}

/// The token's time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the access token has expired")]
pub struct TokenExpired;

impl AccessClaims {
    /// Reads a payload whose signature was right.
    pub(crate) fn read(json: &[u8]) -> Result<Self, VerifyError> {
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

/// Strictly and in one pass: it is an object, no name stands twice in it at any depth, and `null` is no value.
impl<'de> Deserialize<'de> for AccessClaims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Claims)
    }
}

struct Claims;

impl<'de> Visitor<'de> for Claims {
    type Value = AccessClaims;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of an access token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<AccessClaims, A::Error> {
        let mut found = Found::default();
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if !found.take(&name.0, &mut members)? {
                found.pass_over(name, &mut members)?;
            }
        }
        found.claims().map_err(A::Error::missing_field)
    }
}

/// What has been read so far.
#[derive(Default)]
struct Found<'de> {
    sub: Option<String>,
    iat: Option<i64>,
    exp: Option<i64>,
    jti: Option<CanonicalId>,
    iss: Option<String>,
    sid: Option<CanonicalId>,
    generation: Option<u32>,
    email: Option<String>,
    permissions: Option<Vec<String>>,
    aud: Option<String>,
    kt: Option<String>,
    unknown: BTreeSet<Name<'de>>,
}

impl<'de> Found<'de> {
    /// Reads the claim of this name; false where it is none of ours.
    fn take<A: MapAccess<'de>>(&mut self, name: &str, members: &mut A) -> Result<bool, A::Error> {
        match name {
            "sub" => once(&mut self.sub, members),
            "iat" => once(&mut self.iat, members),
            "exp" => once(&mut self.exp, members),
            "jti" => once(&mut self.jti, members),
            "iss" => once(&mut self.iss, members),
            "sid" => once(&mut self.sid, members),
            "gen" => once(&mut self.generation, members),
            "email" => once(&mut self.email, members),
            "permissions" => once(&mut self.permissions, members),
            "aud" => once(&mut self.aud, members),
            "kt" => once(&mut self.kt, members),
            "nbf" => Err(A::Error::custom("`nbf` can't be ignored in safety")),
            _ => Ok(false),
        }
    }

    fn pass_over<A: MapAccess<'de>>(&mut self, name: Name<'de>, members: &mut A) -> Result<(), A::Error> {
        let Value = members.next_value()?;
        if self.unknown.insert(name) {
            Ok(())
        } else {
            Err(twice())
        }
    }

    /// Or the name of the first that is missing.
    fn claims(self) -> Result<AccessClaims, &'static str> {
        Ok(AccessClaims {
            sub: self.sub.ok_or("sub")?,
            iat: self.iat.ok_or("iat")?,
            exp: self.exp.ok_or("exp")?,
            jti: self.jti.ok_or("jti")?.0,
            iss: self.iss.ok_or("iss")?,
            sid: self.sid.ok_or("sid")?.0,
            generation: self.generation.ok_or("gen")?,
            email: self.email,
            permissions: self.permissions,
            aud: self.aud,
            kt: self.kt,
        })
    }
}

/// Reads the value of a name that is not to stand a second time.
fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    slot: &mut Option<T>,
    members: &mut A,
) -> Result<bool, A::Error> {
    if slot.replace(members.next_value()?).is_none() {
        Ok(true)
    } else {
        Err(twice())
    }
}

fn twice<E: Error>() -> E {
    E::custom("a name stands twice")
}

/// An id as we write it: hyphenated and in lower case, not one of the other spellings that UUIDs have (RFC 9562 §4).
struct CanonicalId(Uuid);

impl<'de> Deserialize<'de> for CanonicalId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Name(text) = Name::deserialize(deserializer)?;
        let id = Uuid::try_parse(&text).map_err(D::Error::custom)?;
        if text == *id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) {
            Ok(Self(id))
        } else {
            Err(D::Error::custom(
                "an id is written with hyphens and in lower case",
            ))
        }
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
