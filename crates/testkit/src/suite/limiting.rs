//! Sessions per account.

use std::num::NonZeroU32;

use futures::future::join_all;
use keyturn_core::model::{Account, ChangeKind, Delivery, EndReason, SessionId};
use keyturn_core::ports::{Effect, Page, SessionFilter, StartSession};

use super::{Subject, won};

fn start(subject: &Subject, account: &Account, limit: u32) -> StartSession {
    StartSession {
        limit: NonZeroU32::new(limit),
        ..subject
            .world
            .start(subject.world.new_session(account, Delivery::Cookie).0)
    }
}

async fn started(subject: &Subject, start: StartSession) -> SessionId {
    let id = start.session.id;
    won(subject
        .store
        .start_session(start, subject.world.now())
        .await
        .unwrap());
    id
}

async fn live(subject: &Subject, account: &Account) -> Vec<SessionId> {
    let page = Page {
        before: None,
        limit: 100,
    };
    let of = Some(account.id);
    let families = subject.store.list_sessions(of, SessionFilter::Live, page).await;
    families.unwrap().iter().map(|family| family.session.id).collect()
}

/// One more than the limit ends the oldest, in the same effect, with its change; other accounts are left alone.
pub async fn one_session_too_many_ends_the_oldest(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let bobs = subject.sign_in(&bob).await.id;
    let next = async || {
        subject.world.pass(1);
        started(subject, start(subject, &ann, 3)).await
    };
    let (oldest, second, third) = (next().await, next().await, next().await);
    assert_eq!(live(subject, &ann).await.len(), 3);
    let seen = subject.changes().await.len();
    let now = subject.world.pass(1);
    let newest = started(subject, start(subject, &ann, 3)).await;
    let ended = subject.session(oldest).await.ended.expect("it ended");
    assert_eq!(
        (ended.at, ended.reason, ended.kind),
        (now, EndReason::SessionLimit, None)
    );
    assert_eq!(live(subject, &ann).await, [newest, third, second]);
    let told: Vec<_> = subject.changes_since(seen).await;
    let told: Vec<_> = told
        .iter()
        .map(|change| (change.kind, change.id, change.reason))
        .collect();
    let limit = Some(EndReason::SessionLimit);
    assert_eq!(told, [(ChangeKind::SessionEnded, oldest.0, limit)]);
    assert_eq!(live(subject, &bob).await, [bobs]);
}

/// A limit that was lowered ends as many as it takes, in the order of their ids, at the next sign-in.
pub async fn a_lower_limit_ends_as_many_as_it_takes(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        subject.world.pass(1);
        ids.push(subject.sign_in(&ann).await.id);
    }
    let seen = subject.changes().await.len();
    subject.world.pass(1);
    let only = started(subject, start(subject, &ann, 1)).await;
    assert_eq!(live(subject, &ann).await, [only]);
    let told: Vec<_> = subject.changes_since(seen).await;
    let told: Vec<_> = told.iter().map(|change| change.id).collect();
    assert_eq!(told, ids.iter().map(|id| id.0).collect::<Vec<_>>());
}

/// A session that a sign-in replaces has made room already, and one past its idle end takes none and keeps its own reason.
pub async fn only_live_sessions_count(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let idle = started(subject, start(subject, &ann, 2)).await;
    subject.world.pass(3_600);
    let kept = started(subject, start(subject, &ann, 2)).await;
    let replaced = started(subject, start(subject, &ann, 2)).await;
    assert_eq!(subject.session(idle).await.ended, None);
    let next = StartSession {
        replaces: Some(replaced),
        ..start(subject, &ann, 2)
    };
    started(subject, next).await;
    let reason = async |id| subject.session(id).await.ended.map(|ended| ended.reason);
    assert_eq!(reason(replaced).await, Some(EndReason::Replaced));
    assert_eq!(reason(kept).await, None);
    assert_eq!(reason(idle).await, None);
}

/// A start whose condition fails ends nobody.
pub async fn a_lost_start_makes_no_room(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let first = subject.sign_in(&ann).await.id;
    let mut stale = start(subject, &ann, 1);
    stale.session.epoch += 1;
    let lost = subject.store.start_session(stale, subject.world.now()).await;
    assert_eq!(lost.unwrap(), Effect::Lost);
    assert_eq!(live(subject, &ann).await, [first]);
}

/// However many sign in at once, as many as the limit are left.
pub async fn sign_ins_at_once_leave_no_more_than_the_limit(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let now = subject.world.now();
    let starts = (0..32).map(|_| subject.store.start_session(start(subject, &ann, 2), now));
    for answer in join_all(starts).await {
        won(answer.unwrap());
    }
    assert_eq!(live(subject, &ann).await.len(), 2);
}
