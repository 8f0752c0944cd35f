//! How much of a flood is written, and what is not.

use jiff::{SignedDuration, Timestamp};
use keyturn_core::audit_budget::AuditBudget;
use keyturn_core::ports::SignInName;
use keyturn_core::throttle::{Hit, Limit, ThrottlePolicy, Wait};
use keyturn_testkit::fixtures::World;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn wait(name: &str) -> Wait {
    let policy = ThrottlePolicy {
        account: Limit::new(3, SignedDuration::from_secs(300)),
        ..ThrottlePolicy::default()
    };
    let name = SignInName::UsernameKey(name.to_owned());
    let hit = Hit::account(&World::new(1).keys, &policy, Some(&name));
    Wait {
        bucket: hit.bucket,
        limit: hit.limit,
        time: SignedDuration::from_secs(1),
    }
}

#[test]
fn failures_are_written_a_thousand_at_once_then_one_a_second_and_the_rest_is_counted() {
    let budget = AuditBudget::default();
    let written = (0..5_000).filter(|_| budget.failure(at(0)).is_some()).count();
    assert_eq!(written, 1_000);
    assert_eq!(budget.failure(at(1)), Some(4_000), "the number is told");
    assert_eq!(budget.failure(at(1)), None);
    assert_eq!(budget.failure(at(2)), Some(1), "and told once");
}

#[test]
fn a_day_of_guessing_writes_a_stated_number_of_events() {
    let budget = AuditBudget::default();
    let seconds = 86_400;
    let attempts = (0..seconds).flat_map(|second| [second; 5]);
    let written = attempts
        .filter(|second| budget.failure(at(*second)).is_some())
        .count();
    assert_eq!(written, 1_000 + 86_399);
}

#[test]
fn a_full_lane_is_written_once_in_each_refill_period() {
    let (budget, ann, bob) = (AuditBudget::default(), wait("ann"), wait("bob"));
    for (second, who, told) in [
        (0, &ann, Some(0)),
        (1, &ann, None),
        (2, &bob, Some(0)),
        (299, &ann, None),
        (300, &ann, Some(2)),
        (301, &bob, None),
        (302, &bob, Some(1)),
        // The clock is set back: it is not full until the old time comes again.
        (-9_000, &ann, Some(0)),
        (-8_999, &ann, None),
        (-8_700, &ann, Some(1)),
    ] {
        assert_eq!(budget.throttled(who, at(second)), told, "at {second}");
    }
}

#[test]
fn one_kind_of_flood_hides_no_other() {
    let budget = AuditBudget::default();
    for _ in 0..2_000 {
        budget.failure(at(0));
    }
    assert_eq!(budget.throttled(&wait("ann"), at(0)), Some(0));
    assert_eq!(budget.stale(at(0)), Some(0));
    assert_eq!(budget.service(at(0)), Some(0));
    for _ in 0..2_000 {
        budget.service(at(1));
    }
    assert_eq!(budget.failure(at(1)), Some(1_000));
}
