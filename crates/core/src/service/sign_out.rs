//! Signing out: idempotent, works with whatever the client still has.
//!
//! Possession of a genuine refresh token of any generation suffices, without proof: whoever has it can do no more harm than
//! end the session. An access token serves until it has been expired for as long as it lived.

use jiff::Timestamp;
use keyturn_token::AccessClaims;

use super::{AuthError, Authority};
use crate::credential::RefreshToken;
use crate::model::{AuditEvent, EndReason, Ended, Origin, Session, SessionId};
use crate::ports::{EndCondition, EndOutcome, EndSession};

/// What a client that signs out still has.
#[derive(Debug)]
pub struct SignOutRequest {
    /// From the cookie or the body.
    pub refresh_token: Option<RefreshToken>,
    /// From the cookie or the `Authorization` header.
    pub access_token: Option<String>,
    /// Where the request comes from.
    pub origin: Origin,
}

impl Authority {
    /// Ends the sessions that the tokens name. Tokens that name none change nothing.
    ///
    /// # Errors
    /// Only [`AuthError::Store`]: the sign-out may not have happened; ask again.
    pub async fn sign_out(&self, request: SignOutRequest) -> Result<(), AuthError> {
        let now = self.ports.clock.now();
        if let Some(token) = &request.refresh_token
            && let Some(session) = self.genuine_session(token).await?
        {
            self.end_by_hand(&session, EndReason::SignedOut, &request.origin, now)
                .await?;
        }
        if let Some(id) = request
            .access_token
            .as_deref()
            .and_then(|token| self.recent_session_id(token, now))
            && let Some(family) = self.ports.store.find_session(id).await?
        {
            self.end_by_hand(&family.session, EndReason::SignedOut, &request.origin, now)
                .await?;
        }
        Ok(())
    }

    /// The session of a refresh token that we made, of whatever generation.
    pub(super) async fn genuine_session(&self, token: &RefreshToken) -> Result<Option<Session>, AuthError> {
        let family = self.ports.store.find_session(token.session_id()).await?;
        Ok(family
            .map(|family| family.session)
            .filter(|session| token.is_genuine(&self.keys, session.refresh_key_id, &session.nonce)))
    }

    /// The session of an access token that expired no longer ago than it lived.
    fn recent_session_id(&self, token: &str, now: Timestamp) -> Option<SessionId> {
        let AccessClaims { sid, iat, exp, .. } = self.verify_ours(token).ok()?;
        let life = exp.saturating_sub(iat);
        (now.as_second() < exp.saturating_add(life)).then_some(SessionId(sid))
    }

    /// Ends a session because somebody asked for it. Answers whether it ended now.
    pub(super) async fn end_by_hand(
        &self,
        session: &Session,
        reason: EndReason,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<bool, AuthError> {
        if session.ended.is_some() {
            return Ok(false);
        }
        let end = EndSession {
            session_id: session.id,
            condition: EndCondition::Live,
            end: Ended {
                at: now,
                reason,
                kind: None,
            },
            audit: AuditEvent::session_ended(session.user_id, session.id, reason, &self.kept(origin), now),
        };
        Ok(self.ports.store.end_session(end, now).await? == EndOutcome::Ended)
    }
}
