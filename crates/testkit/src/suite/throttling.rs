//! Counting attempts.

use futures::future::join_all;
use jiff::SignedDuration;
use keyturn_core::model::Delivery;
use keyturn_core::ports::{CountOutcome, Effect, SignInName, StartSession};
use keyturn_core::throttle::{Hit, Limit, ThrottlePolicy};

use super::{Subject, won};

/// Three at once, then one every ten seconds for an account, and five for an address.
const POLICY: ThrottlePolicy = ThrottlePolicy {
    enabled: true,
    account: Limit::new(3, SignedDuration::from_secs(10)),
    address: Limit::new(5, SignedDuration::from_secs(10)),
    device: Limit::new(3, SignedDuration::from_secs(10)),
};

const FULL: Option<SignedDuration> = Some(SignedDuration::from_secs(10));
const COUNTED: Option<SignedDuration> = None;

fn account(subject: &Subject, name: &str) -> Hit {
    let name = SignInName::UsernameKey(name.to_owned());
    Hit::account(&subject.world.keys, &POLICY, Some(&name))
}

fn address(subject: &Subject, last: u8) -> Hit {
    Hit::address(&subject.world.keys, &POLICY, Some([192, 0, 2, last].into()))
}

/// Counts, and answers how long to wait where it did not.
async fn count(subject: &Subject, hits: &[Hit]) -> Option<SignedDuration> {
    let now = subject.world.now();
    match subject.store.count_attempt(hits.to_vec(), now).await.unwrap() {
        CountOutcome::Counted => COUNTED,
        CountOutcome::Wait(wait) => Some(wait.time),
    }
}

/// A lane admits its burst, then one more each time its refill has passed, however long it was full.
pub async fn a_lane_admits_its_burst_and_refills_with_time(subject: &Subject) {
    let ann = [account(subject, "ann")];
    for _ in 0..3 {
        assert_eq!(count(subject, &ann).await, COUNTED);
    }
    for _ in 0..3 {
        assert_eq!(count(subject, &ann).await, FULL, "waiting costs nothing");
    }
    subject.world.pass(9);
    let left = Some(SignedDuration::from_secs(1));
    assert_eq!(count(subject, &ann).await, left);
    subject.world.pass(1);
    assert_eq!(count(subject, &ann).await, COUNTED);
    assert_eq!(count(subject, &ann).await, FULL);
    let other = [account(subject, "bob")];
    assert_eq!(count(subject, &other).await, COUNTED);
    subject.world.pass(1_000_000);
    for _ in 0..3 {
        assert_eq!(count(subject, &ann).await, COUNTED);
    }
    assert_eq!(
        count(subject, &ann).await,
        FULL,
        "no more than a burst is saved up"
    );
}

/// Where one lane is full, the other is not touched.
pub async fn an_attempt_counts_in_all_lanes_or_in_none(subject: &Subject) {
    let (ann, here) = (account(subject, "ann"), address(subject, 1));
    for _ in 0..3 {
        assert_eq!(count(subject, &[here, ann]).await, COUNTED);
    }
    for _ in 0..10 {
        assert_eq!(count(subject, &[here, ann]).await, FULL);
    }
    for _ in 0..2 {
        assert_eq!(count(subject, &[here]).await, COUNTED);
    }
    assert_eq!(count(subject, &[here]).await, FULL);
    let bob = account(subject, "bob");
    assert_eq!(count(subject, &[here, bob]).await, FULL);
    for _ in 0..3 {
        assert_eq!(count(subject, &[bob]).await, COUNTED);
    }
}

/// However many come at the same moment, the burst is admitted and no more.
pub async fn attempts_at_once_are_admitted_up_to_the_burst(subject: &Subject) {
    for round in 0..10 {
        let (name, now) = (format!("ann{round}"), subject.world.now());
        let attempt = |index| {
            let hits = vec![address(subject, index), account(subject, &name)];
            subject.store.count_attempt(hits, now)
        };
        let answers = join_all((0..64).map(attempt)).await;
        let counted = |answer: &&Result<_, _>| matches!(answer, Ok(CountOutcome::Counted));
        assert_eq!(answers.iter().filter(counted).count(), 3, "round {round}");
        subject.world.pass(3_600);
    }
}

/// A full bucket has room for one attempt then, and goes on from there: nobody waits until the clock has caught up.
pub async fn a_clock_set_back_locks_nobody_out(subject: &Subject) {
    let ann = [account(subject, "ann")];
    for _ in 0..3 {
        assert_eq!(count(subject, &ann).await, COUNTED);
    }
    subject.world.pass(-1_000_000);
    assert_eq!(count(subject, &ann).await, COUNTED);
    assert_eq!(count(subject, &ann).await, FULL);
    subject.world.pass(10);
    assert_eq!(count(subject, &ann).await, COUNTED);
    assert_eq!(count(subject, &ann).await, FULL);
}

/// A start takes the counts back that it names, and a lost one none; a bucket never holds more than its burst.
pub async fn a_started_session_takes_its_attempt_back(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let hit = account(subject, "ann");
    let start = |epoch_behind| {
        let mut session = subject.world.new_session(&ann, Delivery::Body).0;
        session.epoch -= epoch_behind;
        StartSession {
            returns: vec![hit],
            ..subject.world.start(session)
        }
    };
    for _ in 0..10 {
        assert_eq!(count(subject, &[hit]).await, COUNTED);
        let started = subject.store.start_session(start(0), subject.world.now()).await;
        won(started.unwrap());
    }
    let started = subject.store.start_session(start(0), subject.world.now()).await;
    won(started.unwrap());
    for _ in 0..3 {
        assert_eq!(count(subject, &[hit]).await, COUNTED);
    }
    let lost = subject.store.start_session(start(1), subject.world.now()).await;
    assert_eq!(lost.unwrap(), Effect::Lost);
    assert_eq!(count(subject, &[hit]).await, FULL);
}

/// Neither a change nor anything of the account.
pub async fn counting_changes_nothing_else(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let session = subject.sign_in(&ann).await;
    let before = (
        subject.changes().await,
        subject.family(session.id).await,
        subject.user(ann.id).await,
    );
    subject.world.pass(1);
    let hits = [address(subject, 1), account(subject, "ann")];
    for _ in 0..4 {
        count(subject, &hits).await;
    }
    let after = (
        subject.changes().await,
        subject.family(session.id).await,
        subject.user(ann.id).await,
    );
    assert_eq!(after, before);
}
