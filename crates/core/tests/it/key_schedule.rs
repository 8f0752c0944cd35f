//! R5.4: which key is used when, as a table.

use jiff::{SignedDuration, Timestamp};
use keyturn_core::key_schedule::{KeyDuty, KeyTimes, MARGIN, duties};

const PERIOD: i64 = 900;
const LIFE: i64 = 1_800;
const GOOD: i64 = PERIOD + LIFE + 300;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Published at this second, by the usual periods.
fn published(second: i64) -> KeyTimes {
    let seconds = SignedDuration::from_secs;
    KeyTimes::published(at(second), seconds(PERIOD), seconds(LIFE))
}

fn waits(second: i64) -> KeyDuty {
    KeyDuty::Published {
        signs_from: at(second),
    }
}

fn verifies(second: i64) -> KeyDuty {
    KeyDuty::Verifying { until: at(second) }
}

#[test]
fn r5_4_a_key_is_published_before_it_signs_and_the_old_one_outlives_its_tokens() {
    use KeyDuty::{Over, Signing};
    let (first, second, third) = (KeyTimes::FIRST, published(0), published(10_000));
    // Made at once after a theft, while another one waits.
    let at_once = KeyTimes::published(at(400), SignedDuration::ZERO, SignedDuration::from_secs(LIFE));
    let table: [(&str, Vec<KeyTimes>, i64, Vec<KeyDuty>); 11] = [
        ("the first signs alone", vec![first], 0, vec![Signing]),
        (
            "a new one is shown",
            vec![first, second],
            0,
            vec![Signing, waits(PERIOD)],
        ),
        (
            "to the last moment",
            vec![first, second],
            PERIOD - 1,
            vec![Signing, waits(PERIOD)],
        ),
        (
            "then it signs",
            vec![first, second],
            PERIOD,
            vec![verifies(GOOD), Signing],
        ),
        (
            "the last token dies",
            vec![first, second],
            GOOD - 1,
            vec![verifies(GOOD), Signing],
        ),
        ("its key is over", vec![first, second], GOOD, vec![Over, Signing]),
        (
            "a third one is shown",
            vec![first, second, third],
            10_000,
            vec![Over, Signing, waits(10_000 + PERIOD)],
        ),
        (
            "and signs",
            vec![first, second, third],
            10_000 + PERIOD,
            vec![Over, verifies(10_000 + GOOD), Signing],
        ),
        (
            "one is used at once",
            vec![first, at_once, second],
            400,
            vec![verifies(400 + LIFE + 300), Signing, waits(PERIOD)],
        ),
        (
            "the one that waited takes over all the same",
            vec![first, at_once, second],
            PERIOD,
            vec![verifies(400 + LIFE + 300), verifies(GOOD), Signing],
        ),
        (
            "a clock that was set back",
            vec![first, second],
            -1_000_000,
            vec![Signing, waits(PERIOD)],
        ),
    ];
    for (name, keys, second, expected) in table {
        assert_eq!(duties(&keys, at(second)), expected, "{name}");
    }
    assert_eq!(MARGIN, SignedDuration::from_secs(300));
}

#[test]
fn r5_4_one_key_signs_at_every_moment() {
    let keys = [
        KeyTimes::FIRST,
        published(0),
        published(700),
        published(700),
        published(5_000),
    ];
    for second in -10..10_000 {
        let signing = duties(&keys, at(second))
            .into_iter()
            .filter(|duty| *duty == KeyDuty::Signing);
        assert_eq!(signing.count(), 1, "at {second}");
    }
}

#[test]
fn times_beyond_the_calendar_stay_within_it() {
    let far = KeyTimes::published(Timestamp::MAX, SignedDuration::MAX, SignedDuration::MAX);
    assert_eq!(far.predecessor_until, Timestamp::MAX);
}
