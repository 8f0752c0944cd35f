//! Ending one session.

use jiff::SignedDuration;
use keyturn_core::model::{Delivery, EndReason, Ended, Head, ReuseKind, Session};
use keyturn_core::ports::{
    Effect, EndAllSessions, EndCondition, EndOutcome, EndSession, HandAgain, NoteActivity,
};

use super::{Subject, after, won};
use crate::fixtures::request_origin;

/// The first end stands; who comes later learns of it; nobody ends what does not exist.
pub async fn r3_3_a_session_ends_once(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let session = subject.sign_in(&account).await;
    let end = subject.world.ending(&session, EndReason::SignedOut);
    let first = end.end;
    assert_eq!(
        subject.store.end_session(end, subject.world.now()).await.unwrap(),
        EndOutcome::Ended
    );
    let now = subject.world.pass(1);
    let mut again = subject.world.ending(&session, EndReason::Admin);
    for condition in [
        EndCondition::Live,
        EndCondition::Head(session.head),
        EndCondition::LastActivity(now),
    ] {
        again.condition = condition;
        let outcome = subject.store.end_session(again.clone(), now).await.unwrap();
        assert_eq!(outcome, EndOutcome::Already(first));
    }
    let (nothing, _) = subject.world.new_session(&account, Delivery::Body);
    let end = subject.world.ending(&nothing, EndReason::Admin);
    assert_eq!(
        subject.store.end_session(end, now).await.unwrap(),
        EndOutcome::Absent
    );
}

/// A verdict of reuse that was judged before a rotation or a replay is judged again.
pub async fn r1_5_ending_for_reuse_expects_the_head(subject: &Subject) {
    let session = subject.sign_in(&subject.sign_up("ann").await).await;
    let now = subject.world.pass(3);
    let rotated = won(subject.rotate(&session).await);
    let ended = Ended {
        at: now,
        reason: EndReason::TokenReuse,
        kind: Some(ReuseKind::UnprovenPredecessor),
    };
    let end = |head| EndSession {
        condition: EndCondition::Head(head),
        end: ended,
        ..subject.world.ending(&session, ended.reason)
    };
    let other_time = Head {
        handed_at: now + SignedDuration::from_micros(1),
        ..rotated.head
    };
    for head in [session.head, other_time] {
        assert_eq!(
            subject.store.end_session(end(head), now).await.unwrap(),
            EndOutcome::Lost
        );
        assert_eq!(subject.session(session.id).await, rotated);
    }
    assert_eq!(
        subject.store.end_session(end(rotated.head), now).await.unwrap(),
        EndOutcome::Ended
    );
    assert_eq!(subject.session(session.id).await.ended, Some(ended));
}

/// Somebody active since the verdict saves the session.
pub async fn r1_6_ending_for_idleness_expects_that_nobody_was_active(subject: &Subject) {
    let session = subject.sign_in(&subject.sign_up("ann").await).await;
    let judged = session.last_activity_at;
    let now = subject.world.pass(1800);
    let note = NoteActivity {
        session_id: session.id,
        activity: Some(now),
        seen_generation: 0,
    };
    let active = after(&session, subject.store.note_activity(note, now).await.unwrap());
    let end = |at, due| EndSession {
        condition: EndCondition::LastActivity(at),
        end: Ended {
            at: due,
            reason: EndReason::Idle,
            kind: None,
        },
        ..subject.world.ending(&session, EndReason::Idle)
    };
    let outcome = subject
        .store
        .end_session(end(judged, session.idle_ends_at()), now)
        .await
        .unwrap();
    assert_eq!(outcome, EndOutcome::Lost);
    assert_eq!(subject.session(session.id).await, active);
    let now = subject.world.pass(7200);
    let outcome = subject
        .store
        .end_session(end(active.last_activity_at, active.idle_ends_at()), now)
        .await
        .unwrap();
    assert_eq!(outcome, EndOutcome::Ended);
    let ended = Ended {
        at: active.idle_ends_at(),
        reason: EndReason::Idle,
        kind: None,
    };
    assert_eq!(
        subject.session(session.id).await.ended,
        Some(ended),
        "the end that was due"
    );
}

/// No effect of any kind changes a session that has ended.
pub async fn ended_is_absorbing(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let session = subject.sign_in(&account).await;
    let rotated = won(subject.rotate(&session).await);
    let end = subject.world.ending(&session, EndReason::SignedOut);
    subject.store.end_session(end, subject.world.now()).await.unwrap();
    let dead = subject.session(session.id).await;
    let now = subject.world.pass(5);
    assert_eq!(subject.rotate(&rotated).await, Effect::Lost);
    let hand = HandAgain {
        session_id: session.id,
        generation: 1,
        activity: Some(now),
    };
    assert_eq!(subject.store.hand_again(hand, now).await.unwrap(), Effect::Lost);
    let note = NoteActivity {
        session_id: session.id,
        activity: Some(now),
        seen_generation: 1,
    };
    assert_eq!(
        subject.store.note_activity(note, now).await.unwrap(),
        Effect::Lost
    );
    let start = subject.world.start(session.clone());
    assert_eq!(
        subject.store.start_session(start, now).await.unwrap(),
        Effect::Lost
    );
    let end_all = EndAllSessions {
        user_id: account.id,
        keep: Some(session.id),
        reason: EndReason::Admin,
        origin: request_origin(),
    };
    assert_eq!(
        subject.store.end_all_sessions(end_all, now).await.unwrap(),
        Effect::Won(0)
    );
    assert_eq!(subject.session(session.id).await, dead);
}

/// An end changes the end and nothing else, for every reason and every kind of reuse.
pub async fn an_end_keeps_every_field(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let kinds = ReuseKind::ALL
        .iter()
        .map(|kind| (EndReason::TokenReuse, Some(*kind)));
    let ends: Vec<_> = EndReason::ALL
        .iter()
        .map(|reason| (*reason, None))
        .chain(kinds)
        .collect();
    for (reason, kind) in ends {
        let session = subject.sign_in(&account).await;
        let ended = Ended {
            at: subject.world.now() - SignedDuration::from_micros(1),
            reason,
            kind,
        };
        let end = EndSession {
            end: ended,
            ..subject.world.ending(&session, reason)
        };
        assert_eq!(
            subject.store.end_session(end, subject.world.now()).await.unwrap(),
            EndOutcome::Ended
        );
        assert_eq!(
            subject.session(session.id).await,
            Session {
                ended: Some(ended),
                ..session
            }
        );
    }
}
