//! The rule of throttles, case by case.

use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{DeviceCookie, Keys, MasterSecret};
use keyturn_core::model::UserId;
use keyturn_core::ports::SignInName;
use keyturn_core::throttle::{Decision, Hit, Limit, ThrottlePolicy, decide, give_back};
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::World;
use uuid::Uuid;

const NOW: i64 = 1_000_000;

/// Three at once, then one every ten seconds.
const LIMIT: Limit = Limit::new(3, SignedDuration::from_secs(10));

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn hit(limit: Limit) -> Hit {
    let policy = ThrottlePolicy {
        account: limit,
        ..ThrottlePolicy::default()
    };
    Hit::account(&World::new(1).keys, &policy, None)
}

/// What one lane answers: the seconds by which it then drains, or the seconds to wait.
fn one(drains_in: Option<i64>) -> Result<i64, i64> {
    let drained_at = drains_in.map(|seconds| at(NOW + seconds));
    match decide(&[(hit(LIMIT), drained_at)], at(NOW)) {
        Decision::Allow(buckets) => Ok(buckets[0].1.as_second() - NOW),
        Decision::Wait(wait) => Err(wait.time.as_secs()),
    }
}

#[test]
fn a_lane_is_decided_by_when_it_drains() {
    for (drains_in, answer) in [
        (None, Ok(10)),
        (Some(-1_000), Ok(10)),
        (Some(0), Ok(10)),
        (Some(1), Ok(11)),
        (Some(10), Ok(20)),
        (Some(20), Ok(30)),
        (Some(21), Err(1)),
        (Some(29), Err(9)),
        (Some(30), Err(10)),
        (Some(31), Err(10)),
        (Some(60), Err(10)),
        (Some(61), Ok(30)),
        (Some(1_000_000), Ok(30)),
    ] {
        assert_eq!(one(drains_in), answer, "drains in {drains_in:?}");
    }
}

#[test]
fn the_longest_wait_of_all_lanes_is_told_and_none_is_counted() {
    let slower = Limit::new(3, SignedDuration::from_secs(60));
    let full = Some(at(NOW + 180));
    for (lanes, answer) in [
        (vec![(hit(LIMIT), None), (hit(slower), full)], 60),
        (vec![(hit(LIMIT), Some(at(NOW + 30))), (hit(slower), full)], 60),
        (vec![(hit(LIMIT), Some(at(NOW + 25))), (hit(slower), None)], 5),
    ] {
        let Decision::Wait(wait) = decide(&lanes, at(NOW)) else {
            panic!("a lane is full")
        };
        assert_eq!(wait.time, SignedDuration::from_secs(answer));
        let fullest = lanes.iter().find(|(hit, _)| hit.limit == wait.limit);
        assert_eq!(fullest.map(|(_, drained_at)| drained_at.is_some()), Some(true));
    }
}

#[test]
fn nothing_to_count_is_allowed() {
    assert_eq!(decide(&[], at(NOW)), Decision::Allow(Vec::new()));
}

#[test]
fn an_attempt_given_back_leaves_no_credit() {
    for (drains_in, left) in [
        (None, 0),
        (Some(-5), 0),
        (Some(4), 0),
        (Some(10), 0),
        (Some(25), 15),
    ] {
        let drained_at = drains_in.map(|seconds| at(NOW + seconds));
        let after = give_back(&hit(LIMIT), drained_at, at(NOW));
        assert_eq!(after.as_second() - NOW, left, "drains in {drains_in:?}");
    }
}

#[test]
fn a_wait_that_was_obeyed_is_rewarded() {
    let mut drained_at = None;
    let mut now = at(NOW);
    for _ in 0..50 {
        match decide(&[(hit(LIMIT), drained_at)], now) {
            Decision::Allow(buckets) => drained_at = Some(buckets[0].1),
            Decision::Wait(wait) => {
                now += wait.time;
                let again = decide(&[(hit(LIMIT), drained_at)], now);
                assert!(matches!(again, Decision::Allow(_)), "{again:?}");
            }
        }
    }
}

#[test]
fn the_most_within_a_time_is_the_burst_and_what_is_refilled() {
    for (seconds, most) in [(0, 3), (9, 3), (10, 4), (86_400, 8_643)] {
        assert_eq!(LIMIT.most_within(SignedDuration::from_secs(seconds)), most);
    }
    let never = Limit::new(3, SignedDuration::ZERO);
    assert_eq!(never.most_within(SignedDuration::from_secs(1)), u64::MAX);
}

#[test]
fn an_address_is_a_whole_ipv4_or_a_64_of_ipv6() {
    let (keys, policy) = (World::new(1).keys, ThrottlePolicy::default());
    let bucket = |text: &str| Hit::address(&keys, &policy, Some(text.parse().unwrap())).bucket;
    for (one, other, same) in [
        ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("192.0.2.1", "::ffff:192.0.2.1", true),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
    ] {
        assert_eq!(bucket(one) == bucket(other), same, "{one} {other}");
    }
}

#[test]
fn lanes_do_not_meet_and_names_are_told_apart() {
    let (keys, policy) = (World::new(1).keys, ThrottlePolicy::default());
    let email = SignInName::EmailKey("ann".to_owned());
    let username = SignInName::UsernameKey("ann".to_owned());
    let hits = [
        Hit::account(&keys, &policy, Some(&email)),
        Hit::account(&keys, &policy, Some(&username)),
        Hit::account(&keys, &policy, None),
        Hit::address(&keys, &policy, None),
        Hit::address(&keys, &policy, Some([192, 0, 2, 1].into())),
    ];
    for (index, hit) in hits.iter().enumerate() {
        assert!(hits[index + 1..].iter().all(|other| other.bucket != hit.bucket));
    }
    assert_eq!(hits[0], Hit::account(&keys, &policy, Some(&email)));
}

#[test]
fn buckets_are_a_fixed_number_and_depend_on_the_key() {
    let policy = ThrottlePolicy::default();
    let other = MasterSecret::new((7..60).collect()).unwrap();
    let (ours, others) = (World::new(1).keys, Keys::derive(&other, None));
    let bucket = |keys: &Keys, index: u32| {
        let address = Some(std::net::Ipv4Addr::from(index).into());
        Hit::address(keys, &policy, address).bucket.number()
    };
    let mut moved = 0;
    for index in 0..1_000 {
        assert!(bucket(&ours, index) < 3 << 16);
        moved += usize::from(bucket(&ours, index) != bucket(&others, index));
    }
    assert!(moved > 990, "{moved}");
}

#[test]
fn a_device_has_a_lane_only_for_the_account_that_it_signed_in_to() {
    let (world, policy) = (World::new(1), ThrottlePolicy::default());
    let [ann, bob] = [1, 2].map(|id| UserId(Uuid::from_u128(id)));
    let entropy = SeededEntropy::new(3);
    let mint = || DeviceCookie::mint(&world.keys, ann, world.now(), &entropy);
    let (one, other) = (mint(), mint());
    let lane = |device, account| Hit::device(&world.keys, &policy, device, account);
    assert_eq!(lane(&one, bob), None);
    assert_eq!(lane(&one, ann), lane(&one, ann));
    assert_ne!(lane(&one, ann).unwrap().bucket, lane(&other, ann).unwrap().bucket);
}
