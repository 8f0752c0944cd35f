//! Verifying access tokens: every check, in one order, in one place.
//!
//! Size, form, header, key and algorithm come first and cost no cryptography; then the signature; only then are claims
//! read. [`Verifier::verify_signature`] stops before the time is judged, for callers who must tell "expired but ours" from
//! "no one's": a sign-out, or the session that a CSRF token is bound to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::MAX_TOKEN_BYTES;
use crate::claims::AccessClaims;
use crate::error::VerifyError;
use crate::header::Header;
use crate::key::VerificationKey;

/// Accepts the access tokens of one issuer, signed with one of several keys.
#[derive(Clone, Debug)]
pub struct Verifier {
    issuer: String,
    audience: Option<String>,
    keys: Vec<VerificationKey>,
}

impl Verifier {
    /// A verifier for the tokens of `issuer`. Without a key it accepts none, without an audience none that names one.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: None,
            keys: Vec::new(),
        }
    }

    /// Accepts tokens signed with `key` too, as while keys are rotated.
    #[must_use]
    pub fn with_key(mut self, key: VerificationKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Accepts only tokens that name this audience.
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Accepts a token that is the issuer's own and whose time is not over at `now`.
    ///
    /// # Errors
    /// [`VerifyError::Expired`] is about a token that was good: a refresh may help. With every other error the token is no
    /// one's, and its bearer a stranger.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, VerifyError> {
        let claims = self.verify_signature(token)?;
        match claims.check_time(now) {
            Ok(()) => Ok(claims),
            Err(_) => Err(VerifyError::Expired(Box::new(claims))),
        }
    }

    /// Accepts a token that is the issuer's own, whatever the time: never enough to let anyone in.
    ///
    /// # Errors
    /// As for [`Verifier::verify`], [`VerifyError::Expired`] excepted.
    pub fn verify_signature(&self, token: &str) -> Result<AccessClaims, VerifyError> {
        let parts = Parts::split(token)?;
        let header = decode(parts.header)?;
        let header = Header::read(&header)?;
        let key = self.key(&header)?;
        key.check(parts.message.as_bytes(), decode(parts.signature)?)?;
        let claims = serde_json::from_slice(&decode(parts.claims)?).map_err(|_| VerifyError::Claims)?;
        self.check_parties(&claims)?;
        Ok(claims)
    }

    fn key(&self, header: &Header<'_>) -> Result<&VerificationKey, VerifyError> {
        let key = self
            .keys
            .iter()
            .find(|key| key.kid() == header.kid)
            .ok_or(VerifyError::UnknownKey)?;
        if header.alg == key.algorithm().name() {
            Ok(key)
        } else {
            Err(VerifyError::Algorithm)
        }
    }

    fn check_parties(&self, claims: &AccessClaims) -> Result<(), VerifyError> {
        if claims.iss != self.issuer {
            return Err(VerifyError::Issuer);
        }
        if claims.aud != self.audience {
            return Err(VerifyError::Audience);
        }
        Ok(())
    }
}

/// A token in its compact form, RFC 7515 §3.1: `message` is what the signature covers.
struct Parts<'a> {
    message: &'a str,
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Result<Self, VerifyError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(VerifyError::TooLarge);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(VerifyError::Malformed)?;
        Ok(Self {
            message,
            header,
            claims,
            signature,
        })
    }
}

/// Canonical base64url only: no padding, no stray bits in the last character, so that one token has one spelling.
fn decode(part: &str) -> Result<Vec<u8>, VerifyError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| VerifyError::Malformed)
}
