//! Verifying access tokens: every check, in one order, in one place.
//!
//! Size, form, header, key and algorithm come first and cost no cryptography; then the signature; only then are claims
//! read. [`Verifier::verify_signature`] stops before the time is judged, for callers who must tell "expired but ours" from
//! "no one's": a sign-out, or the session that a CSRF token is bound to.

use jiff::Timestamp;

use crate::claims::AccessClaims;
use crate::error::VerifyError;
use crate::header::Header;
use crate::jws::Jws;
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
        let jws = Jws::read(token)?;
        let payload = match self.key_of_own_header(&jws) {
            Some(key) => jws.check(key.algorithm().name(), key)?,
            None => {
                let json = jws.header()?;
                let header = Header::read(&json)?;
                jws.check(&header.alg, self.key(&header.kid)?)?
            }
        };
        let claims = AccessClaims::read(payload)?;
        self.check_parties(&claims)?;
        Ok(claims)
    }

    /// The key whose signer writes exactly this header, as it is with nearly every token that is any good.
    fn key_of_own_header(&self, jws: &Jws<'_>) -> Option<&VerificationKey> {
        let header = jws.encoded_header();
        self.keys.iter().find(|key| key.encoded_header() == header)
    }

    /// A `kid` is compared and nothing else: never part of a path, a query or an address (RFC 8725 §3.10).
    fn key(&self, kid: &str) -> Result<&VerificationKey, VerifyError> {
        self.keys
            .iter()
            .find(|key| key.kid() == kid)
            .ok_or(VerifyError::UnknownKey)
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
