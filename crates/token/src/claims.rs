//! The claims of an access token, and the one rule about its time.
//!
//! Times are whole seconds since the Unix epoch (RFC 7519 §2, NumericDate). Optional claims are absent where they have no
//! value, never `null`. Claims that are not listed here are ignored when a token is read, so that a newer issuer does not
//! break an older verifier.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
    pub jti: Uuid,
    /// Who issued it.
    pub iss: String,
    /// The session it belongs to.
    pub sid: Uuid,
    /// The session's generation when it was issued.
    #[serde(rename = "gen")]
    pub generation: u32,
    /// The account's email address, where the issuer is set to name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The account's permissions, where the issuer is set to name them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// Whom the token is for, where an audience is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
}

/// The token's time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the access token has expired")]
pub struct TokenExpired;

impl AccessClaims {
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
