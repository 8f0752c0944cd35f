//! Moving the head, handing the current token out again, noting activity.

use jiff::SignedDuration;
use keyturn_core::credential::AttemptHash;
use keyturn_core::model::{AccountState, AuditKind, EndReason, Head, Session};
use keyturn_core::ports::{Effect, EndAllSessions, HandAgain, NoteActivity, Rotate};

use super::{Subject, after, won};
use crate::fixtures::request_origin;

/// Everything that a rotation writes, and nothing else.
pub async fn a_rotation_moves_the_head(subject: &Subject) {
    let session = subject.sign_in(&subject.sign_up("ann").await).await;
    let now = subject.world.pass(100);
    let key = Some(AttemptHash([3; 32]));
    let rotate = Rotate {
        attempt_hash: key,
        ..subject.world.rotation(&session)
    };
    let attempt_id = rotate.attempt_id;
    let rotated = after(&session, subject.store.rotate(rotate, now).await.unwrap());
    let expected = Session {
        head: Head {
            generation: 1,
            handed_at: now,
        },
        attempt_id,
        attempt_hash: key,
        last_activity_at: now,
        ..session.clone()
    };
    assert_eq!(rotated, expected);
    assert_eq!(subject.session(session.id).await, expected);
    let next = won(subject.rotate(&rotated).await);
    assert_eq!(
        next.attempt_hash, None,
        "the key belongs to the rotation that it made"
    );
    assert_eq!(next.seen_generation, 1);
}

/// Another generation or another time of handing out: lost, and nothing changes.
pub async fn a_rotation_expects_its_head(subject: &Subject) {
    let session = subject.sign_in(&subject.sign_up("ann").await).await;
    let head = session.head;
    let others = [
        Head {
            generation: 1,
            ..head
        },
        Head {
            handed_at: head.handed_at + SignedDuration::from_micros(1),
            ..head
        },
        Head {
            handed_at: head.handed_at - SignedDuration::from_micros(1),
            ..head
        },
    ];
    for expected in others {
        let rotate = Rotate {
            expected,
            generation: 2,
            ..subject.world.rotation(&session)
        };
        assert_eq!(
            subject.store.rotate(rotate, subject.world.now()).await.unwrap(),
            Effect::Lost
        );
    }
    assert_eq!(subject.session(session.id).await, session);
}

/// No such session: lost.
pub async fn a_rotation_of_nothing_is_lost(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let (session, _) = subject
        .world
        .new_session(&account, keyturn_core::model::Delivery::Body);
    let now = subject.world.now();
    assert_eq!(subject.rotate(&session).await, Effect::Lost);
    let hand = HandAgain {
        session_id: session.id,
        generation: 0,
        activity: None,
    };
    assert_eq!(subject.store.hand_again(hand, now).await.unwrap(), Effect::Lost);
    let note = NoteActivity {
        session_id: session.id,
        activity: None,
        seen_generation: 0,
    };
    assert_eq!(
        subject.store.note_activity(note, now).await.unwrap(),
        Effect::Lost
    );
}

/// Neither an ended session, nor one of an account that is not active, nor one of another epoch rotates.
pub async fn r1_3_a_rotation_needs_an_active_account_and_its_epoch(subject: &Subject) {
    let now = subject.world.now();
    for state in [AccountState::Inactive, AccountState::Suspended] {
        let account = subject.sign_up(state.as_str()).await;
        let session = subject.sign_in(&account).await;
        let leave = subject
            .world
            .state_change(account.id, AccountState::Active, state);
        won(subject.store.set_state(leave, now).await.unwrap());
        assert_eq!(subject.rotate(&session).await, Effect::Lost);
        let back = subject
            .world
            .state_change(account.id, state, AccountState::Active);
        won(subject.store.set_state(back, now).await.unwrap());
        assert_eq!(
            subject.rotate(&session).await,
            Effect::Lost,
            "active again, but the session ended"
        );
    }
    let account = subject.sign_up("ann").await;
    let session = subject.sign_in(&account).await;
    let end = EndAllSessions {
        user_id: account.id,
        keep: None,
        reason: EndReason::Admin,
        origin: request_origin(),
    };
    won(subject.store.end_all_sessions(end, now).await.unwrap());
    assert_eq!(subject.rotate(&session).await, Effect::Lost);
}

/// A token that is ahead of the store: the head goes where it says, and the event is written.
pub async fn a_rotation_can_skip_generations(subject: &Subject) {
    let session = subject.sign_in(&subject.sign_up("ann").await).await;
    let audit = subject
        .world
        .audit(AuditKind::RolledForward, session.user_id, Some(session.id));
    let rotate = Rotate {
        generation: u32::MAX,
        seen_generation: u32::MAX - 1,
        audit: Some(audit.clone()),
        ..subject.world.rotation(&session)
    };
    let rotated = after(
        &session,
        subject.store.rotate(rotate, subject.world.now()).await.unwrap(),
    );
    assert_eq!(
        (rotated.head.generation, rotated.seen_generation),
        (u32::MAX, u32::MAX - 1)
    );
    assert_eq!(subject.session(session.id).await, rotated);
    let events = subject.store.session_audit(session.id, 10).await.unwrap();
    assert_eq!(events.last(), Some(&audit));
    assert_eq!(events.len(), 2, "the sign-in and this");
}

/// `handed_at`, `last_activity_at` and `seen_generation` with a clock and a requester that go back.
pub async fn times_and_what_was_seen_never_go_back(subject: &Subject) {
    let session = subject.sign_in(&subject.sign_up("ann").await).await;
    subject.world.pass(100);
    let first = won(subject.rotate(&session).await);
    let second = won(subject.rotate(&first).await);
    let earlier = subject.world.pass(-50);
    let rotate = Rotate {
        seen_generation: 0,
        ..subject.world.rotation(&second)
    };
    let third = after(&second, subject.store.rotate(rotate, earlier).await.unwrap());
    assert_eq!(third.head.generation, 3);
    let hand = HandAgain {
        session_id: session.id,
        generation: 3,
        activity: Some(earlier),
    };
    let handed = after(&third, subject.store.hand_again(hand, earlier).await.unwrap());
    let note = NoteActivity {
        session_id: session.id,
        activity: Some(earlier),
        seen_generation: 0,
    };
    let noted = after(&handed, subject.store.note_activity(note, earlier).await.unwrap());
    for later in [third, handed, noted, subject.session(session.id).await] {
        assert_eq!(later.head.handed_at, second.head.handed_at);
        assert_eq!(later.last_activity_at, second.last_activity_at);
        assert_eq!(later.seen_generation, second.seen_generation);
    }
}

/// Replay: `handed_at` and activity move, nothing else.
pub async fn a_token_handed_out_again_renews_its_window(subject: &Subject) {
    let session = subject.sign_in(&subject.sign_up("ann").await).await;
    let rotated = won(subject.rotate(&session).await);
    let now = subject.world.pass(8);
    let hand = HandAgain {
        session_id: session.id,
        generation: 1,
        activity: None,
    };
    let handed = after(&rotated, subject.store.hand_again(hand, now).await.unwrap());
    let expected = Session {
        head: Head {
            generation: 1,
            handed_at: now,
        },
        ..rotated
    };
    assert_eq!(handed, expected);
    let hand = HandAgain {
        activity: Some(now),
        ..hand
    };
    let active = after(&handed, subject.store.hand_again(hand, now).await.unwrap());
    assert_eq!(
        active,
        Session {
            last_activity_at: now,
            ..expected
        }
    );
    assert_eq!(subject.session(session.id).await, active);
}

/// Another generation, an ended session, an account that is not active: lost.
pub async fn handing_again_expects_the_generation_and_a_usable_session(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let session = subject.sign_in(&account).await;
    let rotated = won(subject.rotate(&session).await);
    let now = subject.world.pass(1);
    let hand = |generation| HandAgain {
        session_id: session.id,
        generation,
        activity: Some(now),
    };
    for other in [0, 2] {
        assert_eq!(
            subject.store.hand_again(hand(other), now).await.unwrap(),
            Effect::Lost
        );
    }
    assert_eq!(subject.session(session.id).await, rotated);
    let suspend = subject
        .world
        .state_change(account.id, AccountState::Active, AccountState::Suspended);
    won(subject.store.set_state(suspend, now).await.unwrap());
    assert_eq!(
        subject.store.hand_again(hand(1), now).await.unwrap(),
        Effect::Lost
    );
}

/// Served at one microsecond before the idle end and before the absolute end, refused at each.
pub async fn activity_is_noted_until_an_end(subject: &Subject) {
    let session = subject.sign_in(&subject.sign_up("ann").await).await;
    let tick = SignedDuration::from_micros(1);
    let mut current = session.clone();
    let mut at = session.started_at;
    while current.idle_ends_at() < session.ends_at {
        let note = NoteActivity {
            session_id: session.id,
            activity: Some(at),
            seen_generation: 0,
        };
        assert_eq!(
            subject
                .store
                .note_activity(note, current.idle_ends_at())
                .await
                .unwrap(),
            Effect::Lost
        );
        at = current.idle_ends_at() - tick;
        let note = NoteActivity {
            activity: Some(at),
            ..note
        };
        current = after(&current, subject.store.note_activity(note, at).await.unwrap());
        assert_eq!(current.last_activity_at, at);
    }
    let last = session.ends_at - tick;
    let note = NoteActivity {
        session_id: session.id,
        activity: None,
        seen_generation: 0,
    };
    assert_eq!(
        subject.store.note_activity(note, session.ends_at).await.unwrap(),
        Effect::Lost
    );
    assert_eq!(
        after(&current, subject.store.note_activity(note, last).await.unwrap()),
        current
    );
    assert_eq!(subject.session(session.id).await, current);
}

/// A generation that does not exist yet cannot have been seen.
pub async fn what_was_seen_never_passes_the_generation(subject: &Subject) {
    let session = subject.sign_in(&subject.sign_up("ann").await).await;
    won(subject.rotate(&session).await);
    for (seen, expected) in [(1, 1), (0, 1), (9, 1)] {
        let note = NoteActivity {
            session_id: session.id,
            activity: None,
            seen_generation: seen,
        };
        let noted = won(subject
            .store
            .note_activity(note, subject.world.now())
            .await
            .unwrap());
        assert_eq!(noted.seen_generation, expected);
    }
}
