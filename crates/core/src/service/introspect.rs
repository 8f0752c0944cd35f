//! Introspection (RFC 7662): what a token is worth now.
//!
//! **The rule**: asking changes nothing. No activity is noted, no generation counts as seen in use, no end is recorded; an old refresh
//! token is answered as not active, and its family lives on: who asks may have been handed it by somebody, and reuse is for the place to
//! judge where tokens are used.
//!
//! **The caveat**: a refresh token's immediate predecessor may still be exchanged for its successor (Replay). It is not active all the
//! same: whether it can is known only with the proof that comes beside it.

use jiff::Timestamp;
use keyturn_token::AccessClaims;
use uuid::Uuid;

use super::{AuthError, Authority, PresentedService};
use crate::credential::RefreshToken;
use crate::lifetime;
use crate::model::{ServiceScope, SessionId};
use crate::ports::Family;
use crate::token_state::TokenType;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// A service that may: about any token.
    Service,
    /// Whoever has this session's access token: about the tokens of this session alone.
    Session(SessionId),
}

/// A token that is good.
#[derive(Debug)]
pub struct Introspected {
    /// What it is for.
    pub token_type: TokenType,
    /// When it was issued; of a refresh token, when it was last handed out.
    pub issued_at: Timestamp,
    /// When its time is over, if nothing happens.
    pub expires_at: Timestamp,
    /// Its id; an access token's alone.
    pub jti: Option<Uuid>,
    /// The session and its account, as they are now.
    pub family: Box<Family>,
}

impl Authority {
    /// A service that may introspect.
    ///
    /// # Errors
    /// [`AuthError::ServiceUnknown`], [`AuthError::ScopeMissing`].
    pub async fn viewing_service(&self, presented: &PresentedService<'_>) -> Result<Viewer, AuthError> {
        self.authenticate_service(presented, ServiceScope::Introspect)
            .await?;
        Ok(Viewer::Service)
    }

    /// Whoever has this access token, if it is good.
    ///
    /// # Errors
    /// [`AuthError::TokenUnknown`], [`AuthError::TokenExpired`], [`AuthError::SessionEnded`].
    pub async fn viewing_session(&self, access_token: &str) -> Result<Viewer, AuthError> {
        let (_, family) = self.examined(access_token).await?;
        Ok(Viewer::Session(family.session.id))
    }

    /// What this token is worth; `None` for one that is not active, or not for the viewer to know of: which of them is not told.
    ///
    /// # Errors
    /// [`AuthError::Store`]: nobody knows.
    pub async fn introspect(&self, token: &str, viewer: Viewer) -> Result<Option<Introspected>, AuthError> {
        let found = match RefreshToken::parse(token) {
            Ok(token) => self.introspected_refresh(&token).await?,
            Err(_) => self.introspected_access(token).await?,
        };
        Ok(found.filter(|found| match viewer {
            Viewer::Service => true,
            Viewer::Session(id) => found.family.session.id == id,
        }))
    }

    /// By a primary read: another node may have rotated it. One that is ahead of the store is as good as the current one, as where it is
    /// presented.
    async fn introspected_refresh(&self, token: &RefreshToken) -> Result<Option<Introspected>, AuthError> {
        let now = self.reliable_now()?;
        let Some(known) = self.read(token.session_id(), now).await? else {
            return Ok(None);
        };
        let family = known.family;
        let Family { session, account } = &*family;
        let good = token.is_genuine(&self.keys, session.refresh_key_id, &session.nonce)
            && token.generation() >= session.head.generation
            && lifetime::standing(session, account, now).is_ok();
        let (issued_at, expires_at) = (
            session.head.handed_at,
            session.idle_ends_at().min(session.ends_at),
        );
        Ok(good.then_some(Introspected {
            token_type: TokenType::Refresh,
            issued_at,
            expires_at,
            jti: None,
            family,
        }))
    }

    async fn introspected_access(&self, token: &str) -> Result<Option<Introspected>, AuthError> {
        let (claims, family) = match self.examined(token).await {
            Ok(examined) => examined,
            Err(AuthError::TokenUnknown | AuthError::TokenExpired | AuthError::SessionEnded(_)) => {
                return Ok(None);
            }
            Err(unanswered) => return Err(unanswered),
        };
        let time = |seconds: i64| Timestamp::from_second(seconds).map_err(AuthError::internal);
        Ok(Some(Introspected {
            token_type: TokenType::Access,
            issued_at: time(claims.iat)?,
            expires_at: time(claims.exp)?,
            jti: Some(claims.jti),
            family,
        }))
    }

    /// An access token, its session and its account, if they are good. As [`Authority::authenticate`], without its effects.
    async fn examined(&self, token: &str) -> Result<(AccessClaims, Box<Family>), AuthError> {
        let now = self.reliable_now()?;
        let claims = self.verify_ours(token)?;
        let id = SessionId(claims.sid);
        if let Some(known) = self.remembered(id, now)
            && self.is_live_for(&known, &claims, now)
        {
            return Ok((claims, known.family));
        }
        let family = self.read(id, now).await?.ok_or(AuthError::TokenUnknown)?.family;
        if family.account.subject != claims.sub {
            return Err(AuthError::TokenUnknown);
        }
        if let Err(over) = lifetime::standing(&family.session, &family.account, now) {
            return Err(AuthError::SessionEnded(over.reason));
        }
        claims.check_time(now).map_err(|_| AuthError::TokenExpired)?;
        Ok((claims, family))
    }
}
