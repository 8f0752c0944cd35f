//! Putting the checks together: signature, then the session, then the token's own time.
//!
//! The order matters to the person: an expired token of a session that is over must say so, not send its client to refresh.

use std::sync::Arc;

use keyturn_token::{AccessClaims, JwkSet, KeyError, VerificationKey};

use crate::clock::{Clock, SystemClock};
use crate::context::{Session, SessionContext};
#[cfg(feature = "jwks")]
use crate::jwks::{FetchedKeys, JwksPolicy, JwksSource};
use crate::liveness::{Answer, Liveness, Presented, Standing, TokenAlone};
use crate::refusal::Refusal;

/// Accepts the access tokens of one Keyturn. Cheap to copy; copies share keys and memory.
#[derive(Clone)]
pub struct Verifier {
    keys: Keys,
    liveness: Arc<dyn Liveness>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
enum Keys {
    AtHand(Arc<keyturn_token::Verifier>),
    #[cfg(feature = "jwks")]
    Fetched(Arc<FetchedKeys>),
}

impl Verifier {
    /// A verifier for the tokens of `issuer`, letter for letter as in their `iss` (`jwt.issuer`, else `http.public_url`).
    pub fn builder(issuer: impl Into<String>) -> VerifierBuilder {
        VerifierBuilder {
            keys: keyturn_token::Verifier::new(issuer),
            #[cfg(feature = "jwks")]
            jwks: None,
            liveness: Arc::new(TokenAlone),
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// Who is signed in, by an access token.
    ///
    /// # Errors
    /// Every [`Refusal`] that concerns credentials. [`Refusal::Unavailable`] says nothing about the token.
    pub async fn verify(&self, token: &str) -> Result<Session, Refusal> {
        let now = self.clock.now();
        let mut session = Session::from(self.claims(token).await?);
        let presented = Presented {
            session: &session,
            token,
            now,
        };
        let expired = presented.is_expired();
        let standing = match self.liveness.check(presented) {
            Answer::Now(standing) => standing,
            Answer::Later(standing) => standing.await,
        };
        match standing {
            Standing::Ended { reason } => return Err(Refusal::SessionEnded { reason }),
            _ if expired => return Err(Refusal::TokenExpired),
            Standing::Inactive => return Err(Refusal::TokenExpired),
            Standing::Unavailable => return Err(Refusal::Unavailable),
            Standing::Live => {}
            Standing::LiveWith { email, permissions } => {
                session.email = email;
                session.permissions = permissions;
            }
        }
        Ok(session)
    }

    /// The context of a request: anonymous where it brings no token.
    ///
    /// # Errors
    /// As [`Verifier::verify`]: a token that is no good is not the same as none.
    pub async fn context(&self, token: Option<&str>) -> Result<SessionContext, Refusal> {
        match token {
            None => Ok(SessionContext::anonymous()),
            Some(token) => self.verify(token).await.map(SessionContext::from),
        }
    }

    /// The claims of a token that the issuer signed, in time or not.
    async fn claims(&self, token: &str) -> Result<AccessClaims, Refusal> {
        match &self.keys {
            Keys::AtHand(keys) => keys.verify_signature(token).map_err(Refusal::TokenUnknown),
            #[cfg(feature = "jwks")]
            Keys::Fetched(keys) => keys.verify_signature(token).await,
        }
    }
}

/// How a [`Verifier`] is put together. Without a key it accepts nothing.
pub struct VerifierBuilder {
    keys: keyturn_token::Verifier,
    #[cfg(feature = "jwks")]
    jwks: Option<(Arc<dyn JwksSource>, JwksPolicy)>,
    liveness: Arc<dyn Liveness>,
    clock: Arc<dyn Clock>,
}

impl VerifierBuilder {
    /// Accepts tokens signed by HS256 with this secret. Call it twice while secrets change over.
    ///
    /// # Errors
    /// [`KeyError::TooShort`] below 32 bytes (RFC 7518 §3.2).
    pub fn shared_secret(mut self, secret: &[u8]) -> Result<Self, KeyError> {
        self.keys = self.keys.with_key(VerificationKey::hs256(secret)?);
        Ok(self)
    }

    /// Accepts tokens signed with one of these keys, which are never fetched again.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] where one is no key of Keyturn's.
    pub fn keys(mut self, set: &JwkSet) -> Result<Self, KeyError> {
        for key in &set.keys {
            self.keys = self.keys.with_key(VerificationKey::from_jwk(key)?);
        }
        Ok(self)
    }

    /// Accepts tokens signed with a key that this source has. The first request fetches; see [`JwksPolicy`] for what is kept how long.
    #[cfg(feature = "jwks")]
    #[must_use]
    pub fn jwks(mut self, source: impl JwksSource, policy: JwksPolicy) -> Self {
        self.jwks = Some((Arc::new(source), policy));
        self
    }

    /// Accepts only tokens whose `aud` is this one. Without it, only tokens without `aud` are accepted (RFC 7519 §4.1.3).
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.keys = self.keys.with_audience(audience);
        self
    }

    /// Asks this one whether sessions live. Without it a session that has ended is let in until its access token has expired.
    #[must_use]
    pub fn liveness(mut self, liveness: Arc<dyn Liveness>) -> Self {
        self.liveness = liveness;
        self
    }

    /// Goes by this clock instead of the system's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The verifier.
    pub fn build(self) -> Verifier {
        Verifier {
            keys: self.gathered_keys(),
            liveness: self.liveness,
            clock: self.clock,
        }
    }
}

#[cfg(not(feature = "jwks"))]
impl VerifierBuilder {
    fn gathered_keys(&self) -> Keys {
        Keys::AtHand(Arc::new(self.keys.clone()))
    }
}

#[cfg(feature = "jwks")]
impl VerifierBuilder {
    fn gathered_keys(&self) -> Keys {
        match &self.jwks {
            None => Keys::AtHand(Arc::new(self.keys.clone())),
            Some((source, policy)) => Keys::Fetched(Arc::new(FetchedKeys::new(
                Arc::clone(source),
                *policy,
                self.keys.clone(),
                Arc::clone(&self.clock),
            ))),
        }
    }
}
