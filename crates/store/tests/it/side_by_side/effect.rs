//! What an operation does to both stores.

use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};
use keyturn_core::model::{AuditKind, Ended};
use keyturn_core::ports::{
    EndAllSessions, EndCondition, EndSession, NoteActivity, Rehash, SessionStore, SetPassword, SignInName,
    StartSession, ThrottleStore, UserStore,
};
use keyturn_core::throttle::{Hit, ThrottlePolicy};
use keyturn_testkit::fixtures::request_origin;

use super::Pair;
use super::operation::Operation;

impl Pair {
    pub(super) async fn carry_out(&mut self, operation: &Operation) {
        let now = self.world.now();
        match *operation {
            Operation::Start {
                account,
                delivery,
                stale_epoch,
                replaces,
                limit,
                counted,
            } => {
                let returns = counted.then(|| self.account_lane(account)).into_iter().collect();
                let account = self.account(account).await;
                let mut session = self.world.new_session(&account, delivery).0;
                session.epoch -= i64::from(stale_epoch);
                let start = StartSession {
                    replaces: replaces.and_then(|index| self.session(index)),
                    limit: NonZeroU32::new(limit),
                    returns,
                    ..self.world.start(session)
                };
                let id = start.session.id;
                both!(self, start_session(start.clone(), now));
                self.sessions.push(id);
            }
            Operation::Count { account, address } => {
                let address = Some([192, 0, 2, address].into());
                let here = Hit::address(&self.world.keys, &ThrottlePolicy::default(), address);
                let hits = vec![here, self.account_lane(account)];
                both!(self, count_attempt(hits.clone(), now));
            }
            Operation::Refresh {
                session,
                behind,
                proof,
                genuine,
                stale_read,
            } => {
                if let Some(id) = self.session(session) {
                    self.refresh(id, behind, proof, genuine, stale_read, now).await;
                }
            }
            Operation::Note { session, ago, seen } => {
                let Some(session_id) = self.session(session) else {
                    return;
                };
                let activity = Some(now - SignedDuration::from_secs(ago));
                both!(
                    self,
                    note_activity(
                        NoteActivity {
                            session_id,
                            activity,
                            seen_generation: seen
                        },
                        now
                    )
                );
            }
            Operation::End { session, reason } => {
                let Some(session_id) = self.session(session) else {
                    return;
                };
                let end = Ended {
                    at: now,
                    reason,
                    kind: None,
                };
                let end = EndSession {
                    session_id,
                    condition: EndCondition::Live,
                    end,
                    audit: self
                        .world
                        .audit(AuditKind::SessionEnded, self.id(0), Some(session_id)),
                };
                both!(self, end_session(end.clone(), now));
            }
            Operation::EndAll {
                account,
                keep,
                reason,
            } => {
                let keep = keep.and_then(|index| self.session(index));
                let end = EndAllSessions {
                    user_id: self.id(account),
                    keep,
                    reason,
                    origin: request_origin(),
                };
                both!(self, end_all_sessions(end.clone(), now));
            }
            Operation::SetState { account, from, to } => {
                let set = self.world.state_change(self.id(account), from, to);
                both!(self, set_state(set.clone(), now));
            }
            Operation::SetPassword { account, keep } => self.set_password(account, keep, now).await,
            Operation::Rehash { account, right } => self.rehash(account, right, now).await,
            Operation::Pass { seconds } => {
                self.world.pass(seconds);
            }
        }
    }

    async fn set_password(&self, account: usize, keep: Option<usize>, now: Timestamp) {
        let user_id = self.id(account);
        let keep = keep.and_then(|index| self.session(index));
        let password_hash = self.world.password_hash("another");
        let audit = self.world.audit(AuditKind::PasswordSet, user_id, keep);
        let set = || SetPassword {
            user_id,
            password_hash: password_hash.clone(),
            keep,
            audit: audit.clone(),
        };
        both!(self, set_password(set(), now));
    }

    async fn rehash(&self, account: usize, right: bool, now: Timestamp) {
        let user_id = self.id(account);
        let name = SignInName::UsernameKey(format!("user{account}"));
        let stored = self
            .reference
            .find_sign_in(&name)
            .await
            .unwrap()
            .unwrap()
            .password_hash;
        let password_hash = self.world.password_hash("the same");
        let expected = if right { stored } else { password_hash.clone() };
        let rehash = || Rehash {
            user_id,
            expected: expected.clone(),
            password_hash: password_hash.clone(),
        };
        both!(self, rehash(rehash(), now));
    }
}
