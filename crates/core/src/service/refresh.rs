//! Refreshing: read, judge, carry out. The decision is [`crate::rotation::judge`]'s; here it is only carried through.

use jiff::Timestamp;

use super::attempt::Attempt;
use super::failures::with_unwritten;
use super::known::Known;
use super::{AuthError, Authority, Issued, TRIES};
use crate::credential::{AttemptHash, AttemptKey, DeviceCookie, RefreshToken};
use crate::lifetime::ActivityHint;
use crate::model::{AuditEvent, AuditKind, EndReason, Ended, Origin, ReuseKind, Session};
use crate::ports::{
    Effect, EndCondition, EndOutcome, EndSession, Family, HandAgain, NoteActivity, Rotate, StoreError,
    VerdictName,
};
use crate::rotation::{Proof, Verdict, judge};

/// A refresh token with everything that came along.
#[derive(Debug)]
pub struct RefreshRequest {
    /// The token as presented.
    pub token: RefreshToken,
    /// The device cookie, where one came that we made.
    pub device: Option<DeviceCookie>,
    /// The `Idempotency-Key`; without meaning on bound sessions.
    pub attempt: Option<AttemptKey>,
    /// What the request says about the person.
    pub hint: ActivityHint,
    /// Where the request comes from.
    pub origin: Origin,
}

/// What a refresh was. All three look like success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshedAs {
    /// The next generation.
    Rotated,
    /// The same successor again.
    Replayed,
    /// The token stays; no refresh cookie is to be set.
    Held,
}

/// A successful refresh.
#[derive(Debug)]
pub struct Refreshed {
    /// What it was.
    pub kind: RefreshedAs,
    /// The tokens.
    pub issued: Issued,
}

/// Where the session that is judged was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Good for a rotation alone, whose effect fails where memory was behind.
    Memory,
    /// Good for every verdict.
    Store,
}

impl Authority {
    /// Answers a refresh token with its successor, or says why not.
    ///
    /// # Errors
    /// [`AuthError::TokenUnknown`]: not ours; nothing was changed. [`AuthError::SessionEnded`]: over, with its reason,
    /// recorded before this answer. [`AuthError::Store`], [`AuthError::Contended`]: ask again, with the same token.
    pub async fn refresh(&self, request: RefreshRequest) -> Result<Refreshed, AuthError> {
        self.refresh_within_tries(&request, false).await
    }

    /// As [`Authority::refresh`], for a token that came in a cookie. Only bound sessions keep their token in one, and a browser
    /// must not be answered another's in the body: a token of an unbound session is no one's here, and nothing is changed.
    ///
    /// # Errors
    /// As [`Authority::refresh`].
    pub async fn refresh_by_cookie(&self, request: RefreshRequest) -> Result<Refreshed, AuthError> {
        self.refresh_within_tries(&request, true).await
    }

    async fn refresh_within_tries(
        &self,
        request: &RefreshRequest,
        only_bound: bool,
    ) -> Result<Refreshed, AuthError> {
        let attempt = self.attempt(request, only_bound)?;
        let now = attempt.now;
        let id = request.token.session_id();
        if let Some(known) = self.remembered(id, now)
            && let Some(answer) = self.refresh_once(&attempt, Some(known), Source::Memory).await?
        {
            return Ok(answer);
        }
        for _ in 0..TRIES {
            let known = self.read(id, now).await?;
            if let Some(answer) = self.refresh_once(&attempt, known, Source::Store).await? {
                return Ok(answer);
            }
        }
        Err(AuthError::Contended)
    }

    /// One reading, one judgement, one effect. `None`: the effect's condition no longer held, its outcome is unknown, or memory
    /// does not suffice for the verdict.
    async fn refresh_once(
        &self,
        attempt: &Attempt<'_>,
        known: Option<Known>,
        source: Source,
    ) -> Result<Option<Refreshed>, AuthError> {
        let request = attempt.request;
        let (session, account) = known
            .as_ref()
            .map(|known| (&known.family.session, &*known.family.account))
            .unzip();
        if attempt.only_bound && session.is_some_and(|session| !session.is_bound()) {
            self.observer.refreshed(VerdictName::Unknown);
            return Err(AuthError::TokenUnknown);
        }
        let proof = self.proof(request, session);
        let presented = self.presented(request, session);
        let verdict = judge(
            session,
            account,
            presented,
            proof,
            attempt.now,
            &self.policy.rotation,
        );
        if source == Source::Memory && !matches!(verdict, Verdict::Rotate { ahead: false, .. }) {
            return Ok(None);
        }
        let outcome = self.carry_out(attempt, known, proof, verdict).await;
        self.tell(&verdict, &outcome);
        outcome
    }

    /// Tells the observer, once the outcome stands.
    fn tell(&self, verdict: &Verdict, outcome: &Result<Option<Refreshed>, AuthError>) {
        match outcome {
            Ok(None) | Err(AuthError::Store(_)) => {}
            // Perhaps a commit of our own, recognised on reading again: by then the row is judged as something else.
            Ok(Some(refreshed))
                if refreshed.kind == RefreshedAs::Rotated && !matches!(verdict, Verdict::Rotate { .. }) =>
            {
                self.observer.refreshed(VerdictName::Rotate);
            }
            Ok(Some(_)) | Err(_) => self.observer.refreshed(VerdictName::from(verdict)),
        }
    }

    /// The effect of a verdict. A commit of our own that is found on reading again counts as won, unless the session is over by
    /// now (I5).
    async fn carry_out(
        &self,
        attempt: &Attempt<'_>,
        known: Option<Known>,
        proof: Proof,
        verdict: Verdict,
    ) -> Result<Option<Refreshed>, AuthError> {
        let Some(known) = known else {
            return Err(AuthError::TokenUnknown);
        };
        let session = &known.family.session;
        let judged = session.head.generation;
        if session.attempt_id == attempt.id && !matches!(verdict, Verdict::Unknown | Verdict::Refuse { .. }) {
            let adopted = judged == attempt.request.token.generation();
            let kind = if adopted {
                RefreshedAs::Held
            } else {
                RefreshedAs::Rotated
            };
            return self.refreshed(kind, known.family, attempt.now);
        }
        let (kind, effect) = match verdict {
            Verdict::Unknown => return Err(AuthError::TokenUnknown),
            Verdict::Refuse {
                reason,
                unrecorded,
                stale,
            } => {
                return self.refuse(&known, reason, unrecorded, stale, attempt).await;
            }
            Verdict::Reuse(kind) => return self.end_as_reuse(session, kind, attempt).await,
            Verdict::Hold => {
                let note = NoteActivity {
                    session_id: session.id,
                    activity: attempt.activity,
                    seen_generation: judged,
                };
                (
                    RefreshedAs::Held,
                    self.ports.store.note_activity(note, attempt.now).await,
                )
            }
            Verdict::Rotate { from, ahead } => {
                let rotate = rotation(session, attempt, proof.attempt, from, ahead);
                (
                    RefreshedAs::Rotated,
                    self.ports.store.rotate(rotate, attempt.now).await,
                )
            }
            Verdict::Adopt { generation } => {
                let adopt = adoption(session, attempt, generation);
                (
                    RefreshedAs::Held,
                    self.ports.store.rotate(adopt, attempt.now).await,
                )
            }
            Verdict::Replay(_) => {
                let hand = HandAgain {
                    session_id: session.id,
                    generation: judged,
                    activity: attempt.activity,
                };
                (
                    RefreshedAs::Replayed,
                    self.ports.store.hand_again(hand, attempt.now).await,
                )
            }
        };
        match effect {
            // An access token of a newer generation, once used, would pass for proof that the successor had arrived, which
            // a Hold does not set.
            Ok(Effect::Won(progress))
                if matches!(verdict, Verdict::Hold) && progress.head.generation != judged =>
            {
                Ok(None)
            }
            Ok(Effect::Won(progress)) => {
                let family = self.remember(known, progress);
                self.refreshed(kind, family, attempt.now)
            }
            Ok(Effect::Lost) | Err(StoreError::OutcomeUnknown(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn refreshed(
        &self,
        kind: RefreshedAs,
        family: Box<Family>,
        now: Timestamp,
    ) -> Result<Option<Refreshed>, AuthError> {
        let mut issued = self.issue(family, now)?;
        if kind == RefreshedAs::Held {
            issued.refresh_token = None;
        }
        Ok(Some(Refreshed { kind, issued }))
    }

    /// Records the end that was found due, audits an old token of a session that is over, and says why.
    pub(super) async fn refuse(
        &self,
        known: &Known,
        reason: EndReason,
        unrecorded: bool,
        stale: bool,
        attempt: &Attempt<'_>,
    ) -> Result<Option<Refreshed>, AuthError> {
        let Attempt { origin, now, .. } = attempt;
        if unrecorded && !self.record_end(known, origin, *now).await? {
            return Ok(None);
        }
        if stale && let Some(unwritten) = self.audit_budget.stale(*now) {
            let kind = AuditKind::ReuseAfterEnd;
            let session = &known.family.session;
            let detail = with_unwritten(reason.as_str(), unwritten);
            let event = AuditEvent::of_session(kind, session, &detail, origin, *now);
            self.ports.store.record_audit(event).await?;
        }
        Err(AuthError::SessionEnded(reason))
    }

    pub(super) async fn end_as_reuse(
        &self,
        session: &Session,
        kind: ReuseKind,
        attempt: &Attempt<'_>,
    ) -> Result<Option<Refreshed>, AuthError> {
        let Attempt { origin, now, .. } = attempt;
        let audit_kind = AuditKind::TokenReuse;
        let end = EndSession {
            session_id: session.id,
            condition: EndCondition::Head(session.head),
            end: Ended {
                at: *now,
                reason: EndReason::TokenReuse,
                kind: Some(kind),
            },
            audit: AuditEvent::of_session(audit_kind, session, kind.as_str(), origin, *now),
        };
        match self.ports.store.end_session(end, *now).await {
            Ok(EndOutcome::Ended) => {
                tracing::warn!(session.id = %session.id, user.id = %session.user_id, kind = %kind,
                    "session {} ended: its refresh token was used by somebody who should not have it", session.id);
                self.tell_of_reuse(session, origin, *now);
                Err(AuthError::SessionEnded(EndReason::TokenReuse))
            }
            Ok(EndOutcome::Already(ended)) => Err(AuthError::SessionEnded(ended.reason)),
            Ok(EndOutcome::Absent) => Err(AuthError::TokenUnknown),
            Ok(EndOutcome::Lost) | Err(StoreError::OutcomeUnknown(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn rotation(
    session: &Session,
    attempt: &Attempt<'_>,
    attempt_hash: Option<AttemptHash>,
    from: u32,
    ahead: bool,
) -> Rotate {
    Rotate {
        session_id: session.id,
        expected: session.head,
        generation: from.saturating_add(1),
        attempt_id: attempt.id,
        attempt_hash,
        activity: attempt.activity,
        seen_generation: from,
        audit: ahead.then(|| rolled_forward(session, from, attempt)),
    }
}

/// The head becomes what was presented, which whoever brings it has received.
fn adoption(session: &Session, attempt: &Attempt<'_>, generation: u32) -> Rotate {
    Rotate {
        session_id: session.id,
        expected: session.head,
        generation,
        attempt_id: attempt.id,
        attempt_hash: None,
        activity: attempt.activity,
        seen_generation: generation,
        audit: Some(rolled_forward(session, generation, attempt)),
    }
}

/// That the store had lost what was presented.
fn rolled_forward(session: &Session, presented: u32, attempt: &Attempt<'_>) -> AuditEvent {
    let steps = format!("{} -> {presented}", session.head.generation);
    let Attempt { origin, now, .. } = attempt;
    AuditEvent::of_session(AuditKind::RolledForward, session, &steps, origin, *now)
}
