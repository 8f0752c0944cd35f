//! Checking an access token: signature, then the session live, then the token's own time (R2.4).
//!
//! The order matters to the person: an expired token of a session that is over must say so, not send the client to refresh.

use jiff::Timestamp;
use keyturn_token::{AccessClaims, VerifyError};

use super::known::Known;
use super::{AuthError, Authority, TRIES};
use crate::lifetime::{self, ActivityHint, activity_at};
use crate::model::{AuditEvent, EndReason, Origin, SessionId};
use crate::ports::{EndCondition, EndOutcome, EndSession, Family, NoteActivity, SessionSource, StoreError};

/// Who asks, and what the request says about the person.
#[derive(Debug, Clone)]
pub struct Requester {
    /// Activity.
    pub hint: ActivityHint,
    /// Where the request comes from.
    pub origin: Origin,
}

/// A request whose access token is good and whose session lives.
#[derive(Debug)]
pub struct Authenticated {
    /// The session and its account.
    pub family: Box<Family>,
    /// When it was checked.
    pub now: Timestamp,
    /// Where the request comes from.
    pub origin: Origin,
}

impl Authority {
    /// Authenticates an access token and notes the activity that the request stands for.
    ///
    /// # Errors
    /// [`AuthError::TokenUnknown`], [`AuthError::TokenExpired`] (a refresh helps), [`AuthError::SessionEnded`].
    pub async fn authenticate(&self, token: &str, requester: Requester) -> Result<Authenticated, AuthError> {
        let now = self.reliable_now()?;
        let claims = self.verify_ours(token)?;
        let id = SessionId(claims.sid);
        if let Some(known) = self.remembered(id, now)
            && self.is_live_for(&known, &claims, now)
        {
            self.observer.session_checked(SessionSource::Memory);
            return self.admit(known, &claims, requester, now).await;
        }
        self.observer.session_checked(SessionSource::Store);
        for _ in 0..TRIES {
            let known = self.read(id, now).await?.ok_or(AuthError::TokenUnknown)?;
            let Family { session, account } = &*known.family;
            if account.subject != claims.sub {
                return Err(AuthError::TokenUnknown);
            }
            if let Err(over) = lifetime::standing(session, account, now) {
                if session.ended.is_some() || self.record_end(&known, &requester.origin, now).await? {
                    return Err(AuthError::SessionEnded(over.reason));
                }
                continue;
            }
            claims.check_time(now).map_err(|_| AuthError::TokenExpired)?;
            return self.admit(known, &claims, requester, now).await;
        }
        Err(AuthError::Contended)
    }

    /// Whether memory alone lets this token in. Anything else is for the store to say, also what memory holds of a session that
    /// another node has rotated since: a token of a later generation shows that.
    pub(super) fn is_live_for(&self, known: &Known, claims: &AccessClaims, now: Timestamp) -> bool {
        let Family { session, account } = &*known.family;
        account.subject == claims.sub
            && claims.generation <= session.head.generation
            && lifetime::standing(session, account, now).is_ok()
            && claims.check_time(now).is_ok()
    }

    /// The claims of a token that we signed, in time or not.
    pub(super) fn verify_ours(&self, token: &str) -> Result<AccessClaims, AuthError> {
        match self.access_keys().verify(token, &self.keys) {
            Ok(claims) => Ok(claims),
            Err(VerifyError::Expired(claims)) => Ok(*claims),
            Err(_) => Err(AuthError::TokenUnknown),
        }
    }

    /// Notes activity and that this generation was seen in use.
    async fn admit(
        &self,
        mut known: Known,
        claims: &AccessClaims,
        requester: Requester,
        now: Timestamp,
    ) -> Result<Authenticated, AuthError> {
        let activity = activity_at(self.policy.session.activity, requester.hint, now);
        let session = &mut known.family.session;
        let newer = activity.is_some_and(|at| at > session.last_activity_at)
            || claims.generation.min(session.head.generation) > session.seen_generation;
        if newer {
            let note = NoteActivity {
                session_id: session.id,
                activity,
                seen_generation: claims.generation,
            };
            self.note_activity(note, known.urgent).await?;
            self.live.activity.lay_over(session);
        }
        Ok(Authenticated {
            family: known.family,
            now,
            origin: requester.origin,
        })
    }

    /// Records the end that [`lifetime::standing`] found due. `false`: it was no longer due; read again and judge again.
    pub(super) async fn record_end(
        &self,
        known: &Known,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<bool, AuthError> {
        let Family { session, account } = &*known.family;
        let Err(end) = lifetime::standing(session, account, now) else {
            return Ok(false);
        };
        let condition = match end.reason {
            EndReason::Idle => EndCondition::LastActivity(known.stored_activity),
            _ => EndCondition::Live,
        };
        let audit =
            AuditEvent::session_ended(session.user_id, session.id, end.reason, &self.kept(origin), now);
        match self
            .ports
            .store
            .end_session(
                EndSession {
                    session_id: session.id,
                    condition,
                    end,
                    audit,
                },
                now,
            )
            .await
        {
            Ok(EndOutcome::Ended | EndOutcome::Absent) => Ok(true),
            Ok(EndOutcome::Already(_) | EndOutcome::Lost) | Err(StoreError::OutcomeUnknown(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
