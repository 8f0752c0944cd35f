//! The embedded store beside the reference: random operations, decided by the real rules, must give the same answers and
//! leave the same rows.

use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{AttemptHash, AttemptId, DeviceHash};
use keyturn_core::lifetime;
use keyturn_core::model::{
    Account, AccountState, AuditKind, Change, Delivery, EndReason, Ended, Session, SessionId, User, UserId,
};
use keyturn_core::ports::{
    EndAllSessions, EndCondition, EndSession, Family, HandAgain, NoteActivity, Page, Rehash, Rotate,
    SessionFilter, SessionStore, SetPassword, SignInName, StartSession, Store, ThrottleStore, UserFilter,
    UserStore,
};
use keyturn_core::rotation::{Presented, Proof, RotationPolicy, Verdict, judge};
use keyturn_core::throttle::{Hit, ThrottlePolicy};
use keyturn_testkit::fixtures::{World, request_origin};
use keyturn_testkit::mem_store::MemStore;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::{Place, block_on, postgres};

/// Accounts there are; few, so that operations meet.
const ACCOUNTS: usize = 3;

#[derive(Debug, Clone)]
enum Operation {
    Start {
        account: usize,
        delivery: Delivery,
        stale_epoch: bool,
        replaces: Option<usize>,
        limit: u32,
        counted: bool,
    },
    Refresh {
        session: usize,
        behind: i64,
        proof: bool,
        genuine: bool,
        stale_read: bool,
    },
    Note {
        session: usize,
        ago: i64,
        seen: u32,
    },
    End {
        session: usize,
        reason: EndReason,
    },
    EndAll {
        account: usize,
        keep: Option<usize>,
        reason: EndReason,
    },
    SetState {
        account: usize,
        from: AccountState,
        to: AccountState,
    },
    SetPassword {
        account: usize,
        keep: Option<usize>,
    },
    Rehash {
        account: usize,
        right: bool,
    },
    Count {
        account: usize,
        address: u8,
    },
    Pass {
        seconds: i64,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    let session = 0..12_usize;
    let account = 0..ACCOUNTS;
    let one_of = |reasons: &'static [EndReason]| prop::sample::select(reasons);
    let state = || prop::sample::select(AccountState::ALL);
    prop_oneof![
        4 => (account.clone(), prop::sample::select(Delivery::ALL), prop::bool::weighted(0.1), prop::option::weighted(0.2, session.clone()),
            0..4_u32, any::<bool>())
            .prop_map(|(account, delivery, stale_epoch, replaces, limit, counted)| {
                Operation::Start { account, delivery, stale_epoch, replaces, limit, counted }
            }),
        4 => (account.clone(), 0..3_u8).prop_map(|(account, address)| Operation::Count { account, address }),
        12 => (session.clone(), prop_oneof![6 => Just(0_i64), 3 => Just(1), 1 => Just(2), 1 => Just(-1)], prop::bool::weighted(0.85),
            prop::bool::weighted(0.95), prop::bool::weighted(0.15))
            .prop_map(|(session, behind, proof, genuine, stale_read)| Operation::Refresh { session, behind, proof, genuine, stale_read }),
        3 => (session.clone(), -5..4000_i64, 0..5_u32).prop_map(|(session, ago, seen)| Operation::Note { session, ago, seen }),
        2 => (session.clone(), one_of(EndReason::ALL)).prop_map(|(session, reason)| Operation::End { session, reason }),
        1 => (account.clone(), prop::option::of(session.clone()), one_of(EndReason::ALL))
            .prop_map(|(account, keep, reason)| Operation::EndAll { account, keep, reason }),
        2 => (account.clone(), state(), state()).prop_map(|(account, from, to)| Operation::SetState { account, from, to }),
        1 => (account.clone(), prop::option::of(session.clone())).prop_map(|(account, keep)| Operation::SetPassword { account, keep }),
        1 => (account, any::<bool>()).prop_map(|(account, right)| Operation::Rehash { account, right }),
        6 => prop_oneof![Just(1_i64), Just(10), Just(11), Just(-3), Just(1800), Just(3599), Just(90_000)]
            .prop_map(|seconds| Operation::Pass { seconds }),
    ]
}

fn config() -> ProptestConfig {
    let soak = std::env::var_os("KEYTURN_SOAK").is_some();
    ProptestConfig {
        cases: if soak { 5000 } else { 200 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_stores_agree(operations in prop::collection::vec(operation(), 1..60)) {
        block_on(async {
            let place = Place::new();
            agree(Arc::new(place.open()), operations).await;
        });
    }
}

/// On one database, emptied before each case. Every commit waits for the disk there, so that cases are fewer.
#[test]
fn the_stores_agree_on_postgres() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (place, store) = runtime.block_on(async {
        let place = postgres::Place::new().await;
        let store: Arc<dyn Store> = Arc::new(place.open().await);
        (place, store)
    });
    let config = ProptestConfig {
        cases: config().cases / 5,
        ..config()
    };
    let operations = prop::collection::vec(operation(), 1..60);
    let agreed = TestRunner::new(config).run(&operations, |operations| {
        runtime.block_on(async {
            let empty = "TRUNCATE users, sessions, one_time_tokens, throttles, audit_events, changes RESTART IDENTITY";
            place.raw().await.batch_execute(empty).await.unwrap();
            agree(Arc::clone(&store), operations).await;
        });
        Ok(())
    });
    agreed.unwrap();
    runtime.block_on(async { drop((store, place)) });
}

async fn agree(tried: Arc<dyn Store>, operations: Vec<Operation>) {
    let mut pair = Pair::new(tried).await;
    for operation in operations {
        pair.carry_out(&operation).await;
    }
    pair.compare().await;
}

/// Both stores, and what happened so far.
struct Pair {
    world: World,
    reference: MemStore,
    tried: Arc<dyn Store>,
    accounts: Vec<UserId>,
    sessions: Vec<SessionId>,
    /// What somebody read of a session before the latest refresh of it.
    read_before: Vec<Family>,
}

/// Gives the same call to both and compares the answers.
macro_rules! both {
    ($pair:expr, $method:ident($($value:expr),*)) => {{
        let reference = $pair.reference.$method($($value),*).await.unwrap();
        let embedded = $pair.tried.$method($($value),*).await.unwrap();
        assert_eq!(embedded, reference);
        reference
    }};
}

impl Pair {
    async fn new(tried: Arc<dyn Store>) -> Self {
        let mut pair = Self {
            world: World::new(21),
            reference: MemStore::new(),
            tried,
            accounts: Vec::new(),
            sessions: Vec::new(),
            read_before: Vec::new(),
        };
        for (index, state) in [AccountState::Active, AccountState::Active, AccountState::Pending]
            .into_iter()
            .enumerate()
        {
            let now = pair.world.now();
            let make = |world: &World| {
                let mut new = world.new_user(&format!("user{index}"));
                new.state = state;
                new
            };
            // Two worlds of one seed make the same account twice.
            let (one, other) = (World::new(100), World::new(100));
            one.clock
                .set(now + SignedDuration::from_secs(i64::try_from(index).unwrap()));
            other.clock.set(one.now());
            let new = make(&one);
            pair.accounts.push(new.id);
            let reference = pair.reference.create_user(new, now).await.unwrap();
            let embedded = pair.tried.create_user(make(&other), now).await.unwrap();
            assert_eq!(embedded, reference);
        }
        pair
    }

    fn id(&self, account: usize) -> UserId {
        *self.accounts.get(account).unwrap()
    }

    async fn account(&self, index: usize) -> Account {
        self.user(index).await.account
    }

    async fn user(&self, index: usize) -> User {
        self.reference.find_user(self.id(index)).await.unwrap().unwrap()
    }

    fn session(&self, index: usize) -> Option<SessionId> {
        self.sessions.get(index % self.sessions.len().max(1)).copied()
    }

    fn account_lane(&self, account: usize) -> Hit {
        let name = SignInName::UsernameKey(format!("account{account}"));
        Hit::account(&self.world.keys, &ThrottlePolicy::default(), Some(&name))
    }

    async fn carry_out(&mut self, operation: &Operation) {
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

    /// What a refresh does, from the verdict to its effect; with a stale read, judged from what is no longer so.
    async fn refresh(
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

    /// Every row of both.
    async fn compare(&self) {
        let embedded = rows(&*self.tried, &self.sessions).await;
        assert_eq!(embedded, rows(&self.reference, &self.sessions).await);
    }
}

#[derive(Debug, PartialEq)]
struct Rows {
    users: Vec<User>,
    families: Vec<Family>,
    changes: Vec<Change>,
    audits: Vec<Vec<keyturn_core::model::AuditEvent>>,
}

async fn rows(store: &dyn Store, sessions: &[SessionId]) -> Rows {
    let mut audits = Vec::new();
    for id in sessions {
        audits.push(store.session_audit(*id, u32::MAX).await.unwrap());
    }
    Rows {
        users: store
            .list_users(
                &UserFilter::default(),
                Page {
                    before: None,
                    limit: u32::MAX,
                },
            )
            .await
            .unwrap(),
        families: store
            .list_sessions(
                None,
                SessionFilter::All,
                Page {
                    before: None,
                    limit: u32::MAX,
                },
            )
            .await
            .unwrap(),
        changes: store.changes_after(0, u32::MAX).await.unwrap(),
        audits,
    }
}
