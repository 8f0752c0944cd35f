//! Laws over generated cases, most of them near the edges of a rule.

use jiff::SignedDuration;
use keyturn_core::credential::AttemptHash;
use keyturn_core::model::{AccountState, EndReason, ReuseKind};
use keyturn_core::rotation::{Presented, ReplayKind, RotationPolicy, Verdict};
use proptest::prelude::*;

use super::{ABSOLUTE, ANOTHER, Case, IDLE, KEY, OTHER_KEY, case};

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
