//! A refresh of both: from what was read to the verdict, and from the verdict to its effect.

use jiff::Timestamp;
use keyturn_core::credential::{AttemptHash, AttemptId, DeviceHash};
use keyturn_core::lifetime;
use keyturn_core::model::{Account, AuditKind, EndReason, Ended, Session, SessionId};
use keyturn_core::ports::{
    EndCondition, EndSession, HandAgain, NoteActivity, Rotate, SessionStore, UserStore,
};
use keyturn_core::rotation::{Presented, Proof, RotationPolicy, Verdict, judge};

use super::Pair;

impl Pair {
    /// What a refresh does, from the verdict to its effect; with a stale read, judged from what is no longer so.
    pub(super) async fn refresh(
        &mut self,
        id: SessionId,
        behind: i64,
        proof: bool,
        genuine: bool,
        stale_read: bool,
        now: Timestamp,
    ) {
        let Some(read) = both!(self, find_session(id)) else {
            return;
        };
        let earlier = self
            .read_before
            .iter()
            .rev()
            .find(|family| family.session.id == id)
            .cloned();
        let family = earlier.filter(|_| stale_read).unwrap_or_else(|| read.clone());
        self.read_before.push(read);
        let session = &family.session;
        let generation = u32::try_from(i64::from(session.head.generation) - behind).unwrap_or(0);
        let attempt = proof
            .then_some(AttemptHash([7; 32]))
            .filter(|_| !session.is_bound());
        let device = if proof {
            session.device_hash
        } else {
            Some(DeviceHash([1; 32]))
        };
        let verdict = judge(
            Some(session),
            Some(&family.account),
            Presented { generation, genuine },
            Proof { device, attempt },
            now,
            &RotationPolicy::default(),
        );
        self.take_effect(session, verdict, attempt, now).await;
    }

    async fn take_effect(
        &self,
        session: &Session,
        verdict: Verdict,
        attempt_hash: Option<AttemptHash>,
        now: Timestamp,
    ) {
        let activity = Some(now);
        let session_id = session.id;
        match verdict {
            Verdict::Unknown => {}
            Verdict::Refuse { unrecorded, .. } => {
                let Err(end) = lifetime::standing(session, &self.account_of(session).await, now) else {
                    return;
                };
                let condition = match end.reason {
                    EndReason::Idle => EndCondition::LastActivity(session.last_activity_at),
                    _ => EndCondition::Live,
                };
                let ended = EndSession {
                    condition,
                    end,
                    ..self.world.ending(session, end.reason)
                };
                if unrecorded {
                    both!(self, end_session(ended.clone(), now));
                }
            }
            Verdict::Reuse(kind) => {
                let end = Ended {
                    at: now,
                    reason: EndReason::TokenReuse,
                    kind: Some(kind),
                };
                let audit = self
                    .world
                    .audit(AuditKind::TokenReuse, session.user_id, Some(session_id));
                let condition = EndCondition::Head(session.head);
                let end = EndSession {
                    session_id,
                    condition,
                    end,
                    audit,
                };
                both!(self, end_session(end.clone(), now));
            }
            Verdict::Hold => {
                let note = NoteActivity {
                    session_id,
                    activity,
                    seen_generation: session.head.generation,
                };
                both!(self, note_activity(note, now));
            }
            Verdict::Rotate { from, ahead } => {
                let rotate = Rotate {
                    generation: from + 1,
                    attempt_hash,
                    seen_generation: from,
                    attempt_id: AttemptId::generate(&self.world.entropy),
                    audit: ahead.then(|| {
                        self.world
                            .audit(AuditKind::RolledForward, session.user_id, Some(session_id))
                    }),
                    ..self.world.rotation(session)
                };
                both!(self, rotate(rotate.clone(), now));
            }
            Verdict::Adopt { generation } => {
                let audit = self
                    .world
                    .audit(AuditKind::RolledForward, session.user_id, Some(session_id));
                let adopt = Rotate {
                    generation,
                    seen_generation: generation,
                    attempt_id: AttemptId::generate(&self.world.entropy),
                    audit: Some(audit),
                    ..self.world.rotation(session)
                };
                both!(self, rotate(adopt.clone(), now));
            }
            Verdict::Replay(_) => {
                let hand = HandAgain {
                    session_id,
                    generation: session.head.generation,
                    activity,
                };
                both!(self, hand_again(hand, now));
            }
        }
    }

    async fn account_of(&self, session: &Session) -> Account {
        self.reference
            .find_user(session.user_id)
            .await
            .unwrap()
            .unwrap()
            .account
    }
}
