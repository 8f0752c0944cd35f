//! Taking out of the store what is old enough, slice by slice.

#![expect(
    clippy::indexing_slicing,
    reason = "a case that finds fewer rows than it made has failed"
)]

use jiff::{SignedDuration, Timestamp};
use keyturn_core::model::{AuditKind, Delivery, EndReason, Session, SessionId, UserId};
use keyturn_core::ports::{ClaimSweep, DeleteUser, Effect, EndAllSessions, Slice, Walked};
use uuid::Uuid;

use super::{Subject, won};
use crate::fixtures::request_origin;

const DAY: i64 = 24 * 60 * 60;

/// Ended sessions go by the time of their end, live ones never, however small the slices are.
pub async fn ended_sessions_are_swept_by_the_time_of_their_end(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let mut sessions = Vec::new();
    for _ in 0..9 {
        sessions.push(subject.sign_in(&account).await);
        subject.world.pass(60);
    }
    let until = ended(subject, &sessions[0..7]).await;
    subject.world.pass(60);
    ended(subject, &sessions[7..8]).await;
    for limit in [1, 3, 100] {
        let early = until - SignedDuration::from_micros(1);
        assert_eq!(sweep_sessions(subject, limit, None, early).await, 0);
    }
    let bound = Some(sessions[5].id);
    assert_eq!(sweep_sessions(subject, 2, bound, until).await, 5);
    assert_eq!(sweep_sessions(subject, 2, None, until).await, 2);
    assert_eq!(sweep_sessions(subject, 2, None, until).await, 0);
    for (number, session) in sessions.iter().enumerate() {
        let found = subject.store.find_session(session.id).await.unwrap();
        assert_eq!(found.is_some(), number >= 7, "{number}");
    }
    assert_eq!(subject.session(sessions[8].id).await, sessions[8]);
    won(subject.rotate(&sessions[8]).await);
}

/// A slice tells its last row while there may be more, whether or not anything was swept.
pub async fn a_walk_goes_on_until_a_slice_is_not_full(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let mut ids: Vec<SessionId> = Vec::new();
    for _ in 0..4 {
        ids.push(subject.sign_in(&account).await.id);
        subject.world.pass(1);
    }
    ids.sort_unstable();
    let now = subject.world.now();
    for (after, before, limit, last) in [
        (None, None, 2, Some(ids[1])),
        (Some(ids[1]), None, 2, Some(ids[3])),
        (Some(ids[3]), None, 2, None),
        (None, None, 4, Some(ids[3])),
        (None, None, 5, None),
        (None, Some(ids[2]), 2, Some(ids[1])),
        (None, Some(ids[2]), 3, None),
        (Some(ids[2]), Some(ids[1]), 1, None),
    ] {
        let slice = Slice { after, before, limit };
        let walked = subject.store.sweep_sessions(slice, now, now).await.unwrap();
        assert_eq!(walked, Walked { found: 0, last }, "{slice:?}");
        let walked = subject.store.overdue_sessions(slice, now).await.unwrap();
        let nothing = Walked {
            found: Vec::new(),
            last,
        };
        assert_eq!(walked, nothing, "{slice:?}");
    }
}

/// Sessions past their idle or absolute end are found, those that ended or are in use are not.
pub async fn r1_6_sessions_past_an_end_are_found(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let idle = subject.sign_in(&account).await;
    let over = subject.sign_in(&account).await;
    end(subject, &over).await;
    let (absolute, _) = subject.world.new_session(&account, Delivery::Body);
    let absolute = Session {
        idle_timeout: SignedDuration::from_hours(24 * 365),
        ..absolute
    };
    let start = subject.world.start(absolute.clone());
    won(subject
        .store
        .start_session(start, subject.world.now())
        .await
        .unwrap());
    let found = |at: Timestamp| async move {
        let slice = Slice {
            after: None,
            before: None,
            limit: 10,
        };
        subject.store.overdue_sessions(slice, at).await.unwrap().found
    };
    let micro = SignedDuration::from_micros(1);
    assert_eq!(found(idle.idle_ends_at() - micro).await, []);
    assert_eq!(found(idle.idle_ends_at()).await, [idle.id]);
    assert_eq!(found(absolute.ends_at - micro).await, [idle.id]);
    let mut both = [idle.id, absolute.id];
    both.sort_unstable();
    assert_eq!(found(absolute.ends_at).await, both);
    let seen = subject.changes().await.len();
    assert_eq!(subject.session(idle.id).await, idle, "finding changes nothing");
    assert_eq!(subject.changes_since(seen).await, []);
}

/// What is left of a deleted account goes once its last session went; accounts that live are never touched.
pub async fn a_deleted_account_goes_after_its_last_session(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let (theirs, kept) = (subject.sign_in(&ann).await, subject.sign_in(&bob).await);
    let deleted_at = delete(subject, ann.id).await;
    let before = deleted_at - SignedDuration::from_micros(1);
    assert_eq!(sweep_users(subject, deleted_at).await, 0, "a session names it");
    assert_eq!(subject.session(theirs.id).await.user_id, ann.id);
    assert_eq!(sweep_sessions(subject, 10, None, deleted_at).await, 1);
    assert_eq!(sweep_users(subject, before).await, 0, "not old enough");
    assert_eq!(sweep_users(subject, deleted_at).await, 1);
    assert_eq!(sweep_users(subject, deleted_at).await, 0);
    assert_eq!(subject.user(bob.id).await.account.subject, bob.subject);
    assert_eq!(subject.session(kept.id).await, kept);
    let mut again = subject.world.new_user("carl");
    again.subject = ann.subject;
    let created = subject.store.create_user(again, subject.world.now()).await;
    assert!(matches!(
        created.unwrap(),
        keyturn_core::ports::CreateOutcome::Created(_)
    ));
}

/// Events go by their own time, and the numbers of the others stay.
pub async fn audit_events_are_swept_by_their_time(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    for number in 0..6 {
        let mut event = subject.world.audit(AuditKind::PasswordSet, account.id, None);
        event.detail = number.to_string();
        // One that a clock ran behind for.
        event.at = if number == 2 {
            event.at - SignedDuration::from_hours(1)
        } else {
            event.at
        };
        subject.store.record_audit(event).await.unwrap();
        subject.world.pass(60);
    }
    let all = subject.store.user_audit(account.id, 0, 100).await.unwrap();
    let until = all[4].1.at;
    let mut swept = 0;
    let mut after = None;
    loop {
        let slice = Slice {
            after,
            before: None,
            limit: 2,
        };
        let walked = subject
            .store
            .sweep_audit(slice, until, subject.world.now())
            .await
            .unwrap();
        swept += walked.found;
        after = walked.last;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(swept, 5);
    let left = subject.store.user_audit(account.id, 0, 100).await.unwrap();
    assert_eq!(left, all[5..]);
}

/// Changes go by their time, except the newest: a sequence is never given twice.
pub async fn changes_are_swept_but_for_the_newest(subject: &Subject) {
    for name in ["ann", "bob", "carl"] {
        subject.sign_up(name).await;
        subject.world.pass(60);
    }
    let all = subject.changes().await;
    let slice = |after| Slice {
        after,
        before: None,
        limit: 100,
    };
    let sweep = |after, until| async move {
        let now = subject.world.now();
        let walked = subject.store.sweep_changes(slice(after), until, now).await;
        walked.unwrap().found
    };
    let early = all[0].at - SignedDuration::from_micros(1);
    assert_eq!(sweep(None, early).await, 0);
    assert_eq!(sweep(None, all[0].at).await, 1);
    assert_eq!(subject.changes().await, all[1..]);
    assert_eq!(sweep(Some(all[0].seq), subject.world.now()).await, 1);
    assert_eq!(sweep(None, subject.world.pass(DAY)).await, 0);
    assert_eq!(subject.changes().await, all[2..]);
    subject.sign_up("dora").await;
    let next = subject.store.changes_after(all[2].seq, 10).await.unwrap();
    assert_eq!(next.len(), 1);
    assert!(next[0].seq > all[2].seq);
}

/// One at a time has the turn: until it is given back, or its time is over.
pub async fn one_holds_the_turn_to_sweep(subject: &Subject) {
    let [one, other] = [Uuid::from_u128(1), Uuid::from_u128(2)];
    let claim = |holder, unless_finished_after| async move {
        let now = subject.world.now();
        let claim = ClaimSweep {
            holder,
            until: now + SignedDuration::from_secs(60),
            unless_finished_after,
        };
        subject.store.claim_sweep(claim, now).await.unwrap()
    };
    assert!(claim(one, None).await);
    assert!(!claim(other, None).await, "it is held");
    subject.world.pass(30);
    assert!(claim(one, None).await, "the holder holds it for longer");
    subject.world.pass(59);
    assert!(!claim(other, None).await);
    let now = subject.world.now();
    subject.store.finish_sweep(other, now).await.unwrap();
    assert!(!claim(other, None).await, "nobody gives back what is another's");
    subject.world.pass(1);
    assert!(claim(other, None).await, "its time is over");
    assert!(!claim(one, None).await);
    let finished = subject.world.now();
    subject.store.finish_sweep(other, finished).await.unwrap();
    let micro = SignedDuration::from_micros(1);
    assert!(!claim(one, Some(finished - micro)).await, "recent enough");
    assert!(claim(one, Some(finished)).await);
}

/// Of many that ask at the same moment, one gets the turn.
pub async fn one_of_many_gets_the_turn(subject: &Subject) {
    let now = subject.world.now();
    let claims = (0..8).map(|number| {
        let claim = ClaimSweep {
            holder: Uuid::from_u128(number),
            until: now + SignedDuration::from_secs(60),
            unless_finished_after: None,
        };
        subject.store.claim_sweep(claim, now)
    });
    let claimed = futures::future::join_all(claims).await;
    let winners = claimed.into_iter().filter(|claimed| *claimed.as_ref().unwrap());
    assert_eq!(winners.count(), 1);
}

/// A sweep beside people at work harms none of them.
pub async fn sweeping_meets_sign_ins_and_ends(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let mut sessions = Vec::new();
    for _ in 0..12 {
        sessions.push(subject.sign_in(&account).await);
    }
    ended(subject, &sessions[..6]).await;
    let now = subject.world.pass(1);
    let sweeps = (0..4).map(|_| sweep_sessions(subject, 3, None, now));
    let rotations = sessions[6..9].iter().map(|session| subject.rotate(session));
    let end_all = EndAllSessions {
        user_id: account.id,
        keep: Some(sessions[6].id),
        reason: EndReason::SignedOutElsewhere,
        origin: request_origin(),
    };
    let (swept, rotated, all_ended) = futures::join!(
        futures::future::join_all(sweeps),
        futures::future::join_all(rotations),
        subject.store.end_all_sessions(end_all, now)
    );
    assert!((6..=11).contains(&swept.into_iter().sum::<u64>()));
    assert!(matches!(rotated[0], Effect::Won(_)));
    assert_eq!(all_ended.unwrap(), Effect::Won(5));
    assert_eq!(subject.session(sessions[6].id).await.ended, None);
}

async fn end(subject: &Subject, session: &Session) {
    let end = subject.world.ending(session, EndReason::SignedOut);
    subject.store.end_session(end, subject.world.now()).await.unwrap();
}

/// Ends these now.
async fn ended(subject: &Subject, sessions: &[Session]) -> Timestamp {
    for session in sessions {
        end(subject, session).await;
    }
    subject.world.now()
}

async fn delete(subject: &Subject, id: UserId) -> Timestamp {
    let delete = DeleteUser {
        user_id: id,
        confirmed: None,
        another_administrator: false,
        audit: subject.world.audit(AuditKind::UserDeleted, id, None),
    };
    let now = subject.world.now();
    won(subject.store.delete_user(delete, now).await.unwrap());
    now
}

/// Walks the whole table in slices of `limit`.
async fn sweep_sessions(subject: &Subject, limit: u32, before: Option<SessionId>, until: Timestamp) -> u64 {
    let (mut after, mut swept) = (None, 0);
    loop {
        let slice = Slice { after, before, limit };
        let now = subject.world.now();
        let walked = subject.store.sweep_sessions(slice, until, now).await.unwrap();
        swept += walked.found;
        after = walked.last;
        if after.is_none() {
            return swept;
        }
    }
}

async fn sweep_users(subject: &Subject, until: Timestamp) -> u64 {
    let slice = Slice {
        after: None,
        before: None,
        limit: 100,
    };
    let now = subject.world.now();
    subject.store.sweep_users(slice, until, now).await.unwrap().found
}
