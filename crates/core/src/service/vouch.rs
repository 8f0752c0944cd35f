//! Letting one request in by the refresh token in its cookie, without rotating it: for a form that a page without script sends
//! after its access token has expired, so that what was typed is not lost.
//!
//! **The rule**: whoever could not refresh is not let in. The token is judged as in a refresh, device cookie and all; a session that
//! is over is recorded as such, and a reuse ends the family, durably, before the answer leaves.
//!
//! **The caveat**: nothing is handed out, so that the browser goes on with the token that it has: its next safe request renews it.
//! Only for requests that CSRF can't forge.

use super::attempt::Attempt;
use super::known::Known;
use super::{AuthError, Authenticated, Authority, RefreshRequest, TRIES};
use crate::ports::NoteActivity;
use crate::rotation::{Verdict, judge};

impl Authority {
    /// Authenticates a request by the refresh token of its cookie, and notes the activity that it stands for.
    ///
    /// # Errors
    /// As [`Authority::refresh_by_cookie`].
    pub async fn vouch(&self, request: RefreshRequest) -> Result<Authenticated, AuthError> {
        let attempt = self.attempt(&request, true)?;
        for _ in 0..TRIES {
            let known = self.read(request.token.session_id(), attempt.now).await?;
            let known = known
                .filter(|known| known.family.session.is_bound())
                .ok_or(AuthError::TokenUnknown)?;
            if let Some(let_in) = self.vouch_once(&attempt, known).await? {
                return Ok(let_in);
            }
        }
        Err(AuthError::Contended)
    }

    /// `None`: what was judged has changed since; read again and judge again.
    async fn vouch_once(
        &self,
        attempt: &Attempt<'_>,
        known: Known,
    ) -> Result<Option<Authenticated>, AuthError> {
        let (session, account) = (&known.family.session, &known.family.account);
        let request = attempt.request;
        let verdict = judge(
            Some(session),
            Some(account),
            self.presented(request, Some(session)),
            self.proof(request, Some(session)),
            attempt.now,
            &self.policy.rotation,
        );
        let refused = match verdict {
            Verdict::Unknown => return Err(AuthError::TokenUnknown),
            Verdict::Refuse {
                reason,
                unrecorded,
                stale,
            } => self.refuse(&known, reason, unrecorded, stale, attempt).await,
            Verdict::Reuse(kind) => self.end_as_reuse(session, kind, attempt).await,
            Verdict::Hold | Verdict::Rotate { .. } | Verdict::Adopt { .. } | Verdict::Replay(_) => {
                return self.vouched(attempt, known).await.map(Some);
            }
        };
        refused.map(|_changed| None)
    }

    /// Notes the activity, and that what was presented has been received; of its successor that says nothing.
    async fn vouched(&self, attempt: &Attempt<'_>, mut known: Known) -> Result<Authenticated, AuthError> {
        let session = &mut known.family.session;
        let presented = attempt.request.token.generation();
        let note = NoteActivity {
            session_id: session.id,
            activity: attempt.activity,
            seen_generation: presented.min(session.head.generation),
        };
        self.note_activity(note, known.urgent).await?;
        self.live.activity.lay_over(session);
        Ok(Authenticated {
            family: known.family,
            now: attempt.now,
            origin: attempt.request.origin.clone(),
        })
    }
}
