//! When sessions and tokens end, and what counts as activity.

use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{AttemptId, DeviceHash, Nonce, RefreshKeyId};
use keyturn_core::lifetime::{
    AccessPolicy, ActivityHint, ActivityMode, SessionPolicy, SessionState, access_expires_at, activity_at,
    renewal_due_at, session_state, standing,
};
use keyturn_core::model::{
    Account, AccountState, Client, Delivery, EndReason, Ended, Head, Session, SessionId, UserId,
};
use proptest::prelude::*;
use uuid::Uuid;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const US: SignedDuration = SignedDuration::from_micros(1);
const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Started and last active at [`START`], idle after 60 minutes, over after 7 days.
fn session() -> Session {
    Session {
        id: SessionId(Uuid::from_u128(1)),
        user_id: UserId(Uuid::from_u128(2)),
        epoch: 0,
        nonce: Nonce::from_bytes([0; 32]),
        refresh_key_id: RefreshKeyId(1),
        head: Head {
            generation: 0,
            handed_at: START,
        },
        seen_generation: 0,
        attempt_id: AttemptId([0; 16]),
        attempt_hash: None,
        device_hash: Some(DeviceHash([0; 32])),
        delivery: Delivery::Cookie,
        started_at: START,
        last_activity_at: START,
        idle_timeout: MINUTE * 60,
        ends_at: START + SignedDuration::from_hours(7 * 24),
        ended: None,
        client: Client::default(),
    }
}

fn account() -> Account {
    Account {
        id: UserId(Uuid::from_u128(2)),
        subject: "2".to_owned(),
        email: None,
        username: None,
        state: AccountState::Active,
        permissions: Vec::new(),
        session_epoch: 0,
        epoch_reason: None,
    }
}

#[test]
fn r1_6_a_session_is_served_at_59_59_and_refused_at_60_00() {
    let (session, account) = (session(), account());
    let end = START + MINUTE * 60;
    assert_eq!(standing(&session, &account, end - US), Ok(()));
    let idle = Ended {
        at: end,
        reason: EndReason::Idle,
        kind: None,
    };
    assert_eq!(standing(&session, &account, end), Err(idle));
    assert_eq!(
        standing(&session, &account, end + MINUTE * 600),
        Err(idle),
        "the end that was due, not the moment it was noticed"
    );
}

#[test]
fn activity_moves_the_idle_end_and_never_the_absolute_one() {
    let account = account();
    let mut session = session();
    session.last_activity_at = session.ends_at - MINUTE;
    assert_eq!(standing(&session, &account, session.ends_at - US), Ok(()));
    let over = Ended {
        at: session.ends_at,
        reason: EndReason::AbsoluteEnd,
        kind: None,
    };
    assert_eq!(standing(&session, &account, session.ends_at), Err(over));
}

#[test]
fn r1_6_a_session_past_both_ends_ended_at_the_earlier_one() {
    let account = account();
    let left = session();
    let late = left.ends_at + MINUTE * 600;
    let used = |last_activity_at| Session {
        last_activity_at,
        ..session()
    };
    let idle = left.idle_timeout;
    for (why, session, at, reason) in [
        (
            "left after sign-in",
            left.clone(),
            left.idle_ends_at(),
            EndReason::Idle,
        ),
        (
            "idle a moment before its week was over",
            used(left.ends_at - idle - US),
            left.ends_at - US,
            EndReason::Idle,
        ),
        (
            "both at once",
            used(left.ends_at - idle),
            left.ends_at,
            EndReason::AbsoluteEnd,
        ),
        (
            "in use to the end",
            used(left.ends_at - US),
            left.ends_at,
            EndReason::AbsoluteEnd,
        ),
    ] {
        let end = Ended {
            at,
            reason,
            kind: None,
        };
        assert_eq!(standing(&session, &account, late), Err(end), "{why}");
    }
}

#[test]
fn r1_7_session_states_are_active_inactive_and_terminated() {
    let account = account();
    let end = START + MINUTE * 60;
    let live = session();
    let ended = Some(Ended {
        at: START,
        reason: EndReason::SignedOut,
        kind: None,
    });
    let suspended = Account {
        state: AccountState::Suspended,
        ..account.clone()
    };
    assert_eq!(session_state(&live, &account, end - US), SessionState::Active);
    assert_eq!(session_state(&live, &account, end), SessionState::Inactive);
    assert_eq!(session_state(&live, &suspended, START), SessionState::Inactive);
    assert_eq!(
        session_state(&Session { ended, ..live }, &account, START),
        SessionState::Terminated
    );
}

#[test]
fn an_access_token_never_outlives_its_session() {
    let policy = AccessPolicy::default();
    let mut session = session();
    let table = [
        ("fresh: its own lifetime", START, START + MINUTE * 30),
        (
            "near the idle end: that",
            START + MINUTE * 40,
            START + MINUTE * 60,
        ),
        (
            "in whole seconds, rounded down",
            START + SignedDuration::from_millis(1900),
            START + MINUTE * 30 + SignedDuration::from_secs(1),
        ),
    ];
    for (name, issued_at, expected) in table {
        assert_eq!(
            access_expires_at(&session, issued_at, &policy),
            expected,
            "{name}"
        );
    }
    session.last_activity_at = session.ends_at;
    let issued_at = session.ends_at - MINUTE;
    assert_eq!(
        access_expires_at(&session, issued_at, &policy),
        session.ends_at,
        "near the absolute end: that"
    );
}

#[test]
fn r1_2_renewal_is_due_five_minutes_or_a_fifth_before_expiry() {
    let table = [
        ("30 minutes", MINUTE * 30, MINUTE * 25),
        ("exactly 25 minutes", MINUTE * 25, MINUTE * 20),
        ("10 minutes: a fifth", MINUTE * 10, MINUTE * 8),
        (
            "one second",
            SignedDuration::from_secs(1),
            SignedDuration::from_millis(800),
        ),
        ("expired already", -MINUTE, -MINUTE),
    ];
    for (name, life, due) in table {
        assert_eq!(renewal_due_at(START, START + life), START + due, "{name}");
    }
}

#[test]
fn activity_is_what_the_person_does() {
    let hint = |passive, idle_seconds| ActivityHint {
        passive,
        idle_seconds,
    };
    let ago = |seconds| Some(START - SignedDuration::from_secs(seconds));
    let year = 366 * 24 * 60 * 60;
    let table = [
        ("a request", ActivityMode::Requests, hint(false, None), ago(0)),
        ("polling", ActivityMode::Requests, hint(true, None), None),
        (
            "a declared input",
            ActivityMode::Requests,
            hint(false, Some(30)),
            ago(30),
        ),
        (
            "polling that declares an input",
            ActivityMode::Requests,
            hint(true, Some(30)),
            ago(30),
        ),
        (
            "a request, where only declarations count",
            ActivityMode::Declared,
            hint(false, None),
            None,
        ),
        (
            "a declaration, where only they count",
            ActivityMode::Declared,
            hint(false, Some(0)),
            ago(0),
        ),
        (
            "nobody is idle for longer than a year",
            ActivityMode::Requests,
            hint(false, Some(u32::MAX)),
            ago(year),
        ),
    ];
    for (name, mode, hint, expected) in table {
        assert_eq!(activity_at(mode, hint, START), expected, "{name}");
    }
}

#[test]
fn remember_applies_only_where_it_is_offered_and_chosen() {
    let long = (MINUTE * 600, MINUTE * 6000);
    let offered = SessionPolicy {
        remember: Some(long),
        ..SessionPolicy::default()
    };
    let usual = (offered.idle_timeout, offered.absolute_timeout);
    assert_eq!(offered.timeouts(true), long);
    assert_eq!(offered.timeouts(false), usual);
    assert_eq!(SessionPolicy::default().timeouts(true), usual);
}

proptest! {
    #[test]
    fn access_and_renewal_keep_their_order(issued in 0..20_000i64, ttl in 0..10_000i64, active in 0..3_600i64) {
        let mut session = session();
        session.last_activity_at = START + SignedDuration::from_secs(active);
        let issued_at = START + SignedDuration::from_secs(issued);
        let policy = AccessPolicy { ttl: SignedDuration::from_secs(ttl) };
        let expires_at = access_expires_at(&session, issued_at, &policy);
        prop_assert!(expires_at <= issued_at + policy.ttl);
        prop_assert!(expires_at <= session.idle_ends_at());
        prop_assert!(expires_at <= session.ends_at);
        prop_assert!(renewal_due_at(issued_at, expires_at) <= expires_at);
    }

    #[test]
    fn no_time_and_no_declaration_makes_activity_of_the_future(now in any::<i32>(), idle in any::<u32>()) {
        let now = Timestamp::from_second(i64::from(now)).unwrap();
        let hint = ActivityHint { passive: false, idle_seconds: Some(idle) };
        prop_assert!(activity_at(ActivityMode::Declared, hint, now) <= Some(now));
        prop_assert!(activity_at(ActivityMode::Declared, hint, Timestamp::MIN).is_some());
    }
}
