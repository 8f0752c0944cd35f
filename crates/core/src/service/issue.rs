//! Making tokens from what was committed: always after the commit, never before.

use jiff::Timestamp;
use keyturn_token::AccessClaims;

use super::{AuthError, Authority};
use crate::credential::{DeviceCookie, RefreshToken};
use crate::lifetime;
use crate::model::ids::uuid_v7;
use crate::ports::Family;

/// A set of tokens, and the session they belong to as it was committed.
#[derive(Debug)]
pub struct Issued {
    /// The signed access token.
    pub access_token: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires.
    pub access_expires_at: Timestamp,
    /// The refresh token to hand out; `None` where the requester keeps the one it has (Hold).
    pub refresh_token: Option<RefreshToken>,
    /// When the refresh token expires, if nothing happens.
    pub refresh_expires_at: Timestamp,
    /// When the next refresh is due (R1.2).
    pub next_refresh: Timestamp,
    /// A new device cookie, at sign-in of bound sessions.
    pub device: Option<DeviceCookie>,
    /// The session with its account.
    pub family: Box<Family>,
}

impl Authority {
    /// Makes the tokens of a family's head.
    pub(super) fn issue(&self, family: Box<Family>, now: Timestamp) -> Result<Issued, AuthError> {
        let session = &family.session;
        let access_expires_at = lifetime::access_expires_at(session, now, &self.policy.access);
        let access_token = self.sign(self.claims(&family, now, access_expires_at), now)?;
        let refresh_token = RefreshToken::mint(
            &self.keys,
            session.refresh_key_id,
            session.id,
            session.head.generation,
            &session.nonce,
        );
        Ok(Issued {
            access_token,
            issued_at: now,
            access_expires_at,
            refresh_token: Some(refresh_token.ok_or(AuthError::TokenUnknown)?),
            refresh_expires_at: session.idle_ends_at().min(session.ends_at),
            next_refresh: lifetime::renewal_due_at(now, access_expires_at),
            device: None,
            family,
        })
    }

    fn claims(&self, family: &Family, now: Timestamp, expires_at: Timestamp) -> AccessClaims {
        let Family { session, account } = family;
        let policy = &self.policy.token;
        AccessClaims {
            sub: account.subject.clone(),
            iat: now.as_second(),
            exp: expires_at.as_second(),
            jti: uuid_v7(now, &self.ids),
            iss: policy.issuer.clone(),
            sid: session.id.0,
            generation: session.head.generation,
            email: account
                .email
                .as_ref()
                .filter(|_| policy.email_claim)
                .map(|email| email.as_given().to_owned()),
            permissions: policy.permissions_claim.then(|| account.permissions.clone()),
            aud: policy.audience.clone(),
            kt: None,
        }
    }
}
