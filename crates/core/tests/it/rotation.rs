//! The table of cases of [`judge`]: one row a line, named after the attack or the accident that it settles; then the laws
//! that hold for every case.

use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{AttemptHash, AttemptId, DeviceHash, Nonce, RefreshKeyId};
use keyturn_core::model::ReuseKind::{LatePredecessor, NoProof, OldGeneration, UnprovenPredecessor};
use keyturn_core::model::{
    Account, AccountState, Client, Delivery, EndReason, Ended, Head, ReuseKind, Session, SessionId, UserId,
};
use keyturn_core::rotation::ReplayKind::{Concurrent, LostReply, Unproven};
use keyturn_core::rotation::{Presented, Proof, ReplayKind, RotationPolicy, Verdict, judge};
use proptest::prelude::*;
use uuid::Uuid;

const US: SignedDuration = SignedDuration::from_micros(1);
const WINDOW: SignedDuration = SignedDuration::from_secs(10);
const IDLE: SignedDuration = SignedDuration::from_mins(60);
const ABSOLUTE: SignedDuration = SignedDuration::from_hours(7 * 24);
const OURS: DeviceHash = DeviceHash([1; 32]);
const ANOTHER: DeviceHash = DeviceHash([2; 32]);
const KEY: AttemptHash = AttemptHash([3; 32]);
const OTHER_KEY: AttemptHash = AttemptHash([4; 32]);

/// Everything that goes into a judgement. Starts as a bound session at generation 7, rotated a minute ago, its successor
/// not yet seen in use, refreshed by its own browser with the current token.
#[derive(Debug, Clone)]
struct Case {
    session: Option<Session>,
    account: Option<Account>,
    presented: Presented,
    proof: Proof,
    /// Since the current token was handed out.
    age: SignedDuration,
    /// Since the person was last active.
    inactive: SignedDuration,
    /// Since sign-in.
    old: SignedDuration,
    policy: RotationPolicy,
}

impl Case {
    fn verdict(&self) -> Verdict {
        let now = now();
        let session = self.session.clone().map(|session| Session {
            head: Head {
                handed_at: now - self.age,
                ..session.head
            },
            last_activity_at: now - self.inactive,
            started_at: now - self.old,
            ends_at: now - self.old + ABSOLUTE,
            ..session
        });
        judge(
            session.as_ref(),
            self.account.as_ref(),
            self.presented,
            self.proof,
            now,
            &self.policy,
        )
    }

    fn session(&mut self) -> &mut Session {
        self.session.as_mut().unwrap()
    }

    fn account(&mut self) -> &mut Account {
        self.account.as_mut().unwrap()
    }

    fn predecessor(&mut self) {
        self.presented.generation = 6;
    }

    fn seen(&mut self) {
        self.session().seen_generation = 7;
    }

    fn end(&mut self, reason: EndReason) {
        self.session().ended = Some(Ended {
            at: now(),
            reason,
            kind: None,
        });
    }

    /// A client without cookies, its last rotation made with `row` and this request with `request`.
    fn unbound(&mut self, row: Option<AttemptHash>, request: Option<AttemptHash>) {
        let session = self.session();
        session.device_hash = None;
        session.delivery = Delivery::Body;
        session.attempt_hash = row;
        self.proof = Proof {
            device: None,
            attempt: request,
        };
    }
}

fn now() -> Timestamp {
    Timestamp::constant(1_800_000_000, 0)
}

fn case() -> Case {
    let id = Uuid::from_u128(1);
    Case {
        session: Some(Session {
            id: SessionId(id),
            user_id: UserId(id),
            epoch: 2,
            nonce: Nonce::from_bytes([9; 32]),
            refresh_key_id: RefreshKeyId(1),
            head: Head {
                generation: 7,
                handed_at: now(),
            },
            seen_generation: 6,
            attempt_id: AttemptId([0; 16]),
            attempt_hash: None,
            device_hash: Some(OURS),
            delivery: Delivery::Cookie,
            started_at: now(),
            last_activity_at: now(),
            idle_timeout: IDLE,
            ends_at: now(),
            ended: None,
            client: Client::default(),
        }),
        account: Some(Account {
            id: UserId(id),
            subject: id.to_string(),
            email: None,
            username: None,
            state: AccountState::Active,
            permissions: Vec::new(),
            session_epoch: 2,
            epoch_reason: None,
        }),
        presented: Presented {
            generation: 7,
            genuine: true,
        },
        proof: Proof {
            device: Some(OURS),
            attempt: None,
        },
        age: SignedDuration::from_mins(1),
        inactive: SignedDuration::from_mins(1),
        old: SignedDuration::from_hours(1),
        policy: RotationPolicy::default(),
    }
}

const ROTATE: Verdict = Verdict::Rotate {
    from: 7,
    ahead: false,
};

const fn refuse(reason: EndReason) -> Verdict {
    Verdict::Refuse {
        reason,
        unrecorded: true,
        stale: false,
    }
}

const fn recorded(reason: EndReason) -> Verdict {
    Verdict::Refuse {
        reason,
        unrecorded: false,
        stale: false,
    }
}

type Row = (&'static str, fn(&mut Case), Verdict);

fn check(table: &[Row]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(name, change, expected)| {
            let mut case = case();
            change(&mut case);
            let verdict = case.verdict();
            (verdict != *expected).then(|| format!("{name}: {verdict:?} instead of {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tokens_that_name_nothing_end_nothing() {
    check(&[
        (
            "a forged token for a live session",
            |c| c.presented.genuine = false,
            Verdict::Unknown,
        ),
        (
            "a forged token for an ended session",
            |c| {
                c.end(EndReason::Idle);
                c.presented.genuine = false;
            },
            Verdict::Unknown,
        ),
        (
            "a forged old generation, to end somebody's session",
            |c| {
                c.presented = Presented {
                    generation: 0,
                    genuine: false,
                };
            },
            Verdict::Unknown,
        ),
        (
            "a session that was swept long ago",
            |c| c.session = None,
            Verdict::Unknown,
        ),
        ("an account that is gone", |c| c.account = None, Verdict::Unknown),
    ]);
}

#[test]
fn r1_5_the_current_token_rotates() {
    check(&[
        ("an ordinary renewal", |_| {}, ROTATE),
        (
            "the first renewal, a second after sign-in",
            |c| {
                c.session().head.generation = 0;
                c.session().seen_generation = 0;
                c.presented.generation = 0;
                c.age = SignedDuration::from_secs(1);
            },
            Verdict::Rotate {
                from: 0,
                ahead: false,
            },
        ),
        (
            "a renewal one microsecond after the window",
            |c| c.age = WINDOW + US,
            ROTATE,
        ),
        ("a renewal of a successor already in use", |c| c.seen(), ROTATE),
        (
            "a key on a bound session means nothing",
            |c| c.proof.attempt = Some(KEY),
            ROTATE,
        ),
        (
            "an unbound renewal without a key",
            |c| c.unbound(None, None),
            ROTATE,
        ),
        (
            "an unbound renewal with a new key",
            |c| c.unbound(Some(KEY), Some(OTHER_KEY)),
            ROTATE,
        ),
        (
            "an unbound renewal with the last renewal's key",
            |c| c.unbound(Some(KEY), Some(KEY)),
            ROTATE,
        ),
        (
            "an unbound renewal at once: there is no Hold",
            |c| {
                c.unbound(None, None);
                c.age = SignedDuration::ZERO;
            },
            ROTATE,
        ),
        (
            "the token of a rotation that a failover lost: the head goes there and no further",
            |c| c.presented.generation = 8,
            Verdict::Adopt { generation: 8 },
        ),
        (
            "the same within the window: it is no Hold",
            |c| {
                c.presented.generation = 8;
                c.age = SignedDuration::ZERO;
            },
            Verdict::Adopt { generation: 8 },
        ),
        (
            "a failover that lost several",
            |c| c.presented.generation = 11,
            Verdict::Adopt { generation: 11 },
        ),
        (
            "the same, from somebody without the device cookie",
            |c| {
                c.presented.generation = 8;
                c.proof.device = None;
            },
            Verdict::Reuse(ReuseKind::NoProof),
        ),
        (
            "the last generation there is",
            |c| {
                c.session().head.generation = u32::MAX;
                c.presented.generation = u32::MAX;
            },
            Verdict::Rotate {
                from: u32::MAX,
                ahead: false,
            },
        ),
        (
            "an unbound token of a rotation that a failover lost",
            |c| {
                c.unbound(None, None);
                c.presented.generation = 8;
            },
            Verdict::Rotate { from: 8, ahead: true },
        ),
    ]);
}

#[test]
fn the_same_renewal_asked_twice_is_held() {
    check(&[
        (
            "a second tab, a moment after the first got its answer",
            |c| c.age = US,
            Verdict::Hold,
        ),
        (
            "in the same microsecond",
            |c| c.age = SignedDuration::ZERO,
            Verdict::Hold,
        ),
        (
            "on the last microsecond of the window",
            |c| c.age = WINDOW,
            Verdict::Hold,
        ),
        (
            "after the clock went back",
            |c| c.age = -SignedDuration::from_mins(5),
            Verdict::Hold,
        ),
        (
            "though the token is in use already",
            |c| {
                c.age = US;
                c.seen();
            },
            Verdict::Hold,
        ),
        (
            "strict has no Hold",
            |c| {
                c.age = SignedDuration::ZERO;
                c.policy = RotationPolicy::STRICT;
            },
            ROTATE,
        ),
        (
            "strict has none after the clock went back either",
            |c| {
                c.age = -US;
                c.policy = RotationPolicy::STRICT;
            },
            ROTATE,
        ),
    ]);
}

#[test]
fn r1_5_the_predecessor_gives_the_same_successor_to_who_made_it() {
    check(&[
        (
            "a second tab that sent before the first was answered",
            |c| {
                c.predecessor();
                c.seen();
                c.age = US;
            },
            Verdict::Replay(Concurrent),
        ),
        (
            "on the last microsecond of the window",
            |c| {
                c.predecessor();
                c.seen();
                c.age = WINDOW;
            },
            Verdict::Replay(Concurrent),
        ),
        (
            "after the clock went back",
            |c| {
                c.predecessor();
                c.seen();
                c.age = -SignedDuration::from_mins(5);
            },
            Verdict::Replay(Concurrent),
        ),
        (
            "a lost reply, tried again after lunch",
            |c| {
                c.predecessor();
                c.age = SignedDuration::from_mins(50);
                c.inactive = SignedDuration::from_mins(50);
            },
            Verdict::Replay(LostReply),
        ),
        (
            "a lost reply, one microsecond after the window",
            |c| {
                c.predecessor();
                c.age = WINDOW + US;
            },
            Verdict::Replay(LostReply),
        ),
        (
            "a lost reply at the end of its own window",
            |c| {
                c.predecessor();
                c.policy.lost_reply_window = Some(SignedDuration::from_mins(1));
            },
            Verdict::Replay(LostReply),
        ),
        (
            "the lost first renewal",
            |c| {
                c.session().head.generation = 1;
                c.session().seen_generation = 0;
                c.presented.generation = 0;
            },
            Verdict::Replay(LostReply),
        ),
        (
            "an unbound attempt repeated with its key at once",
            |c| {
                c.unbound(Some(KEY), Some(KEY));
                c.predecessor();
                c.seen();
                c.age = WINDOW;
            },
            Verdict::Replay(Concurrent),
        ),
        (
            "an unbound attempt repeated with its key later",
            |c| {
                c.unbound(Some(KEY), Some(KEY));
                c.predecessor();
            },
            Verdict::Replay(LostReply),
        ),
        (
            "an unbound client without a key, where configuration allows it",
            |c| {
                c.unbound(None, None);
                c.predecessor();
                c.seen();
                c.age = SignedDuration::from_secs(5);
                c.policy.unproven_window = SignedDuration::from_secs(5);
            },
            Verdict::Replay(Unproven),
        ),
    ]);
}

#[test]
fn r1_5_a_rotated_token_of_somebody_else_is_reuse() {
    check(&[
        (
            "a thief with the token, without the cookie",
            |c| c.proof.device = None,
            Verdict::Reuse(NoProof),
        ),
        (
            "a thief with a device cookie of his own",
            |c| c.proof.device = Some(ANOTHER),
            Verdict::Reuse(NoProof),
        ),
        (
            "a key is no device cookie",
            |c| {
                c.proof = Proof {
                    device: None,
                    attempt: Some(KEY),
                }
            },
            Verdict::Reuse(NoProof),
        ),
        (
            "without the cookie within the window",
            |c| {
                c.proof.device = None;
                c.age = US;
            },
            Verdict::Reuse(NoProof),
        ),
        (
            "the predecessor without the cookie",
            |c| {
                c.predecessor();
                c.proof.device = None;
                c.age = US;
            },
            Verdict::Reuse(NoProof),
        ),
        (
            "without the cookie, above the row",
            |c| {
                c.presented.generation = 8;
                c.proof.device = None;
            },
            Verdict::Reuse(NoProof),
        ),
        (
            "the whole jar, after the owner has used the successor",
            |c| {
                c.predecessor();
                c.seen();
                c.age = WINDOW + US;
            },
            Verdict::Reuse(LatePredecessor),
        ),
        (
            "the predecessor of an unseen successor past its own window",
            |c| {
                c.predecessor();
                c.policy.lost_reply_window = Some(SignedDuration::from_mins(1) - US);
            },
            Verdict::Reuse(LatePredecessor),
        ),
        (
            "the predecessor where lost replies are not answered",
            |c| {
                c.predecessor();
                c.policy.lost_reply_window = Some(SignedDuration::ZERO);
            },
            Verdict::Reuse(LatePredecessor),
        ),
        (
            "the predecessor under strict, in the same microsecond",
            |c| {
                c.predecessor();
                c.age = SignedDuration::ZERO;
                c.policy = RotationPolicy::STRICT;
            },
            Verdict::Reuse(LatePredecessor),
        ),
        (
            "the predecessor's predecessor, within the window",
            |c| {
                c.presented.generation = 5;
                c.age = SignedDuration::ZERO;
            },
            Verdict::Reuse(OldGeneration),
        ),
        (
            "the token from sign-in, months later",
            |c| c.presented.generation = 0,
            Verdict::Reuse(OldGeneration),
        ),
        (
            "an old unbound token with the last rotation's key",
            |c| {
                c.unbound(Some(KEY), Some(KEY));
                c.presented.generation = 5;
            },
            Verdict::Reuse(OldGeneration),
        ),
        (
            "an unbound predecessor without the key",
            |c| {
                c.unbound(Some(KEY), None);
                c.predecessor();
                c.age = US;
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "an unbound predecessor with another key",
            |c| {
                c.unbound(Some(KEY), Some(OTHER_KEY));
                c.predecessor();
                c.age = US;
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "a key where the rotation had none",
            |c| {
                c.unbound(None, Some(KEY));
                c.predecessor();
                c.age = US;
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "an unbound predecessor without any key, by default",
            |c| {
                c.unbound(None, None);
                c.predecessor();
                c.age = SignedDuration::ZERO;
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "without any key, one microsecond after the unproven window",
            |c| {
                c.unbound(None, None);
                c.predecessor();
                c.age = SignedDuration::from_secs(5) + US;
                c.policy.unproven_window = SignedDuration::from_secs(5);
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "the unproven window is not for those who use keys",
            |c| {
                c.unbound(Some(KEY), None);
                c.predecessor();
                c.age = US;
                c.policy.unproven_window = SignedDuration::from_secs(5);
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "nor for a key that the rotation did not have",
            |c| {
                c.unbound(None, Some(KEY));
                c.predecessor();
                c.age = US;
                c.policy.unproven_window = SignedDuration::from_secs(5);
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "the key is late and the successor in use",
            |c| {
                c.unbound(Some(KEY), Some(KEY));
                c.predecessor();
                c.seen();
            },
            Verdict::Reuse(LatePredecessor),
        ),
        (
            "a stolen device cookie does not prove an unbound request",
            |c| {
                c.unbound(None, None);
                c.predecessor();
                c.proof.device = Some(OURS);
                c.age = US;
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
    ]);
}

#[test]
fn r1_3_r1_6_what_is_over_is_refused_with_its_reason() {
    check(&[
        (
            "signed out",
            |c| c.end(EndReason::SignedOut),
            recorded(EndReason::SignedOut),
        ),
        (
            "ended by reuse before",
            |c| c.end(EndReason::TokenReuse),
            recorded(EndReason::TokenReuse),
        ),
        (
            "an old token of an ended session is to be audited",
            |c| {
                c.end(EndReason::SignedOut);
                c.presented.generation = 5;
            },
            Verdict::Refuse {
                reason: EndReason::SignedOut,
                unrecorded: false,
                stale: true,
            },
        ),
        (
            "a token above the row of an ended session",
            |c| {
                c.end(EndReason::SignedOut);
                c.presented.generation = 8;
            },
            recorded(EndReason::SignedOut),
        ),
        (
            "signed out everywhere, by an older version that gave no reason",
            |c| {
                c.account().session_epoch = 3;
            },
            refuse(EndReason::SignedOutElsewhere),
        ),
        (
            "the password was changed",
            |c| {
                c.account().session_epoch = 3;
                c.account().epoch_reason = Some(EndReason::PasswordChanged);
            },
            refuse(EndReason::PasswordChanged),
        ),
        (
            "an epoch that a failover took back",
            |c| c.account().session_epoch = 1,
            refuse(EndReason::SignedOutElsewhere),
        ),
        (
            "an account that is pending",
            |c| c.account().state = AccountState::Pending,
            refuse(EndReason::AccountState),
        ),
        (
            "an account that is inactive",
            |c| c.account().state = AccountState::Inactive,
            refuse(EndReason::AccountState),
        ),
        (
            "an account that is suspended",
            |c| c.account().state = AccountState::Suspended,
            refuse(EndReason::AccountState),
        ),
        (
            "a microsecond before the absolute end",
            |c| c.old = ABSOLUTE - US,
            ROTATE,
        ),
        (
            "at the absolute end",
            |c| c.old = ABSOLUTE,
            refuse(EndReason::AbsoluteEnd),
        ),
        ("idle for 59:59.999999", |c| c.inactive = IDLE - US, ROTATE),
        ("idle for 60:00", |c| c.inactive = IDLE, refuse(EndReason::Idle)),
        (
            "idle, with an old token",
            |c| {
                c.inactive = IDLE;
                c.presented.generation = 5;
            },
            Verdict::Refuse {
                reason: EndReason::Idle,
                unrecorded: true,
                stale: true,
            },
        ),
    ]);
}

/// Every pair of neighbours in the order of rules: where both apply, the earlier one speaks.
#[test]
fn the_first_rule_that_applies_decides() {
    check(&[
        (
            "genuine before ended",
            |c| {
                c.presented.genuine = false;
                c.end(EndReason::SignedOut);
            },
            Verdict::Unknown,
        ),
        (
            "ended before epoch",
            |c| {
                c.end(EndReason::SignedOut);
                c.account().session_epoch = 3;
            },
            recorded(EndReason::SignedOut),
        ),
        (
            "epoch before account",
            |c| {
                c.account().session_epoch = 3;
                c.account().epoch_reason = Some(EndReason::PasswordChanged);
                c.account().state = AccountState::Suspended;
            },
            refuse(EndReason::PasswordChanged),
        ),
        (
            "account before absolute end",
            |c| {
                c.account().state = AccountState::Suspended;
                c.old = ABSOLUTE;
            },
            refuse(EndReason::AccountState),
        ),
        (
            "both ends at once: the absolute one",
            |c| {
                c.old = ABSOLUTE;
                c.inactive = IDLE;
            },
            refuse(EndReason::AbsoluteEnd),
        ),
        (
            "past both ends: the absolute one came first",
            |c| {
                c.old = ABSOLUTE + US;
                c.inactive = IDLE;
            },
            refuse(EndReason::AbsoluteEnd),
        ),
        (
            "past both ends: the idle one came first",
            |c| {
                c.old = ABSOLUTE;
                c.inactive = IDLE + US;
            },
            refuse(EndReason::Idle),
        ),
        (
            "idle before proof",
            |c| {
                c.inactive = IDLE;
                c.proof.device = None;
            },
            refuse(EndReason::Idle),
        ),
        (
            "ended before proof",
            |c| {
                c.end(EndReason::SignedOut);
                c.proof.device = None;
            },
            recorded(EndReason::SignedOut),
        ),
        (
            "proof before old generation",
            |c| {
                c.proof.device = None;
                c.presented.generation = 5;
            },
            Verdict::Reuse(NoProof),
        ),
        (
            "idle before old generation",
            |c| {
                c.inactive = IDLE;
                c.presented.generation = 0;
            },
            Verdict::Refuse {
                reason: EndReason::Idle,
                unrecorded: true,
                stale: true,
            },
        ),
    ]);
}

fn window() -> impl Strategy<Value = SignedDuration> {
    prop_oneof![Just(0), Just(1), 0..20_000_000i64].prop_map(SignedDuration::from_micros)
}

prop_compose! {
    fn policies()(
        concurrent_window in window(),
        lost_reply_window in proptest::option::of(window()),
        unproven_window in window(),
    ) -> RotationPolicy {
        RotationPolicy { concurrent_window, lost_reply_window, unproven_window }
    }
}

fn hashes() -> impl Strategy<Value = Option<AttemptHash>> {
    prop_oneof![Just(None), Just(Some(KEY)), Just(Some(OTHER_KEY))]
}

prop_compose! {
    /// Cases near the edges of every rule.
    fn cases()(
        (head, lag, seen) in (0..6u32, -1..4i64, 0..6u32),
        age in -5_000_000..25_000_000i64,
        (inactive, old) in (prop_oneof![9 => Just(0), 1 => Just(3600)], prop_oneof![9 => Just(0), 1 => Just(7 * 86_400)]),
        (bound, device, row_key, key) in (any::<bool>(), 0..8u8, hashes(), hashes()),
        (genuine, admitted, epoch, ended) in (0..10u8, 0..10u8, 0..10u8, 0..10u8),
        policy in policies(),
    ) -> Case {
        let mut case = case();
        if !bound {
            case.unbound(row_key, key);
        }
        if device == 0 {
            case.proof.device = Some(ANOTHER);
        }
        let session = case.session();
        session.head.generation = head;
        session.seen_generation = seen.min(head);
        if ended == 0 {
            case.end(EndReason::SignedOut);
        }
        if admitted == 0 {
            case.account().state = AccountState::Suspended;
        }
        if epoch == 0 {
            case.account().session_epoch = 3;
        }
        case.presented = Presented {
            generation: u32::try_from(i64::from(head) - lag).unwrap_or(0),
            genuine: genuine != 0,
        };
        case.age = SignedDuration::from_micros(age);
        case.inactive = SignedDuration::from_secs(inactive);
        case.old = SignedDuration::from_secs(old);
        case.policy = policy;
        case
    }
}

/// Whether a verdict gives tokens.
const fn gives(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Hold | Verdict::Rotate { .. } | Verdict::Replay(_)
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn i7_what_is_over_gives_nothing(case in cases()) {
        let session = case.session.as_ref().unwrap();
        let account = case.account.as_ref().unwrap();
        let over = session.ended.is_some()
            || session.epoch != account.session_epoch
            || !account.state.is_active()
            || case.old >= ABSOLUTE
            || case.inactive >= IDLE;
        let refused = matches!(case.verdict(), Verdict::Refuse { .. });
        prop_assert_eq!(refused, over && case.presented.genuine);
    }

    #[test]
    fn nobody_ends_a_session_by_guessing(mut case in cases()) {
        case.presented.genuine = false;
        prop_assert_eq!(case.verdict(), Verdict::Unknown);
    }

    #[test]
    fn i2_a_bound_session_gives_nothing_without_its_cookie(mut case in cases(), other in any::<bool>()) {
        case.proof.device = other.then_some(ANOTHER);
        if case.session().device_hash.is_some() {
            prop_assert!(!gives(case.verdict()));
        }
    }

    #[test]
    fn i4_only_the_immediate_predecessor_is_replayed(case in cases()) {
        let head = case.session.as_ref().unwrap().head.generation;
        let verdict = case.verdict();
        if matches!(verdict, Verdict::Replay(_)) {
            prop_assert_eq!(case.presented.generation + 1, head);
        }
        if case.presented.generation + 1 < head {
            prop_assert!(!gives(verdict));
        }
    }

    #[test]
    fn a_rotation_counts_from_what_was_presented_and_never_back(case in cases()) {
        let head = case.session.as_ref().unwrap().head.generation;
        if let Verdict::Rotate { from, ahead } = case.verdict() {
            prop_assert_eq!(from, case.presented.generation);
            prop_assert!(from >= head);
            prop_assert_eq!(ahead, from > head);
        }
    }

    #[test]
    fn only_a_bound_token_above_the_head_is_adopted(case in cases()) {
        let session = case.session.as_ref().unwrap();
        if let Verdict::Adopt { generation } = case.verdict() {
            prop_assert!(session.is_bound());
            prop_assert_eq!(generation, case.presented.generation);
            prop_assert!(generation > session.head.generation);
        }
    }

    #[test]
    fn hold_is_for_bound_renewals_of_the_current_token(case in cases()) {
        let session = case.session.as_ref().unwrap();
        if case.verdict() == Verdict::Hold {
            prop_assert!(session.is_bound());
            prop_assert!(session.head.generation != 0);
            prop_assert_eq!(case.presented.generation, session.head.generation);
        }
    }

    #[test]
    fn windows_of_zero_are_off(mut case in cases()) {
        case.policy = RotationPolicy::STRICT;
        let verdict = case.verdict();
        prop_assert!(!matches!(verdict, Verdict::Hold | Verdict::Replay(_)), "{:?}", verdict);
    }

    #[test]
    fn a_wider_window_never_makes_a_reuse(case in cases(), more in policies()) {
        let longest = |a: Option<SignedDuration>, b: Option<SignedDuration>| Some(a?.max(b?));
        let mut wider = case.clone();
        wider.policy = RotationPolicy {
            concurrent_window: case.policy.concurrent_window.max(more.concurrent_window),
            lost_reply_window: longest(case.policy.lost_reply_window, more.lost_reply_window),
            unproven_window: case.policy.unproven_window.max(more.unproven_window),
        };
        let (before, after) = (case.verdict(), wider.verdict());
        if matches!(after, Verdict::Reuse(_)) {
            prop_assert_eq!(before, after);
        }
    }

    #[test]
    fn more_time_never_makes_a_replay(mut case in cases(), later in 0..30_000_000i64) {
        let before = case.verdict();
        case.age += SignedDuration::from_micros(later);
        if matches!(case.verdict(), Verdict::Replay(_)) {
            prop_assert!(matches!(before, Verdict::Replay(_)), "{:?}", before);
        }
    }

    #[test]
    fn an_unbound_replay_asks_for_the_key_or_for_permission(case in cases()) {
        let session = case.session.as_ref().unwrap();
        match case.verdict() {
            Verdict::Replay(ReplayKind::Unproven) => {
                prop_assert!(!session.is_bound());
                prop_assert!(session.attempt_hash.is_none() && case.proof.attempt.is_none());
                prop_assert!(!case.policy.unproven_window.is_zero());
            }
            Verdict::Replay(_) if !session.is_bound() => {
                prop_assert!(case.proof.attempt.is_some());
                prop_assert_eq!(case.proof.attempt, session.attempt_hash);
            }
            Verdict::Reuse(ReuseKind::NoProof) => prop_assert!(session.is_bound()),
            Verdict::Reuse(ReuseKind::UnprovenPredecessor) => prop_assert!(!session.is_bound()),
            _ => {}
        }
    }
}
