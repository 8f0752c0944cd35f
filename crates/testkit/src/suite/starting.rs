//! Starting sessions.

use keyturn_core::model::{AccountState, ChangeKind, Delivery, EndReason};
use keyturn_core::ports::{Effect, EndAllSessions, StartSession};

use super::{Subject, won};
use crate::fixtures::request_origin;

/// Every field survives, for each delivery.
pub async fn a_session_starts_and_is_read_back_whole(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    for delivery in Delivery::ALL {
        subject
            .world
            .clock
            .advance(jiff::SignedDuration::from_micros(1_000_001));
        let (mut session, _) = subject.world.new_session(&account, *delivery);
        if *delivery == Delivery::Hybrid {
            session.client = keyturn_core::model::Client::default();
        }
        if *delivery == Delivery::Cookie {
            session.client.ip = Some("2001:db8::7".parse().unwrap());
            session.attempt_hash = Some(keyturn_core::credential::AttemptHash([9; 32]));
        }
        let start = subject.world.start(session.clone());
        assert_eq!(
            subject
                .store
                .start_session(start, subject.world.now())
                .await
                .unwrap(),
            Effect::Won(())
        );
        let family = subject.family(session.id).await;
        assert_eq!(family.session, session);
        assert_eq!(*family.account, account);
    }
}

/// The account's last sign-in is the time of the latest one, and nothing else of it changes.
pub async fn sign_in_is_noted_with_the_account(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let before = subject.user(account.id).await;
    assert_eq!(before.last_login_at, None);
    let at = subject.world.pass(60);
    subject.sign_in(&account).await;
    let after = subject.user(account.id).await;
    assert_eq!(after.last_login_at, Some(at));
    assert_eq!(
        keyturn_core::model::User {
            last_login_at: None,
            ..after
        },
        before
    );
    subject.world.pass(-30);
    subject.sign_in(&account).await;
    assert_eq!(
        subject.user(account.id).await.last_login_at,
        Some(at),
        "a clock that went back"
    );
}

/// Each condition of a start, and nothing is stored where one fails.
pub async fn a_session_starts_only_for_an_active_account_of_its_epoch(subject: &Subject) {
    let nobody = subject.world.new_user("nobody");
    let account = subject.sign_up("ann").await;
    let (stranger, _) = subject.world.new_session(
        &keyturn_core::model::Account {
            id: nobody.id,
            ..account.clone()
        },
        Delivery::Body,
    );
    let mut older = subject.world.new_session(&account, Delivery::Body).0;
    older.epoch -= 1;
    let mut newer = subject.world.new_session(&account, Delivery::Body).0;
    newer.epoch += 1;
    for session in [stranger, older, newer] {
        let id = session.id;
        let start = subject.world.start(session);
        assert_eq!(
            subject
                .store
                .start_session(start, subject.world.now())
                .await
                .unwrap(),
            Effect::Lost
        );
        assert_eq!(subject.store.find_session(id).await.unwrap(), None);
    }
    for state in [
        AccountState::Pending,
        AccountState::Inactive,
        AccountState::Suspended,
    ] {
        let mut new = subject.world.new_user(state.as_str());
        new.state = state;
        let id = new.id;
        subject.store.create_user(new, subject.world.now()).await.unwrap();
        let account = subject.user(id).await.account;
        let session = subject.world.new_session(&account, Delivery::Cookie).0;
        let start = subject.world.start(session);
        assert_eq!(
            subject
                .store
                .start_session(start, subject.world.now())
                .await
                .unwrap(),
            Effect::Lost,
            "{state}"
        );
        assert_eq!(subject.user(id).await.last_login_at, None);
    }
}

/// A start whose outcome was unknown and that is tried again does not reset the session.
pub async fn the_same_session_starts_once(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let session = subject.sign_in(&account).await;
    let rotated = won(subject.rotate(&session).await);
    let again = subject.world.start(session);
    assert_eq!(
        subject
            .store
            .start_session(again, subject.world.now())
            .await
            .unwrap(),
        Effect::Lost
    );
    assert_eq!(subject.session(rotated.id).await, rotated);
}

/// A sign-in that was judged while the account was active does not outlive a suspension that came first.
pub async fn r1_3_sign_in_against_suspension(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let (session, _) = subject.world.new_session(&account, Delivery::Cookie);
    let suspend = subject
        .world
        .state_change(account.id, AccountState::Active, AccountState::Suspended);
    let restore = subject
        .world
        .state_change(account.id, AccountState::Suspended, AccountState::Active);
    let now = subject.world.now();
    won(subject.store.set_state(suspend, now).await.unwrap());
    let start = subject.world.start(session.clone());
    assert_eq!(
        subject.store.start_session(start.clone(), now).await.unwrap(),
        Effect::Lost
    );
    won(subject.store.set_state(restore, now).await.unwrap());
    assert_eq!(
        subject.store.start_session(start, now).await.unwrap(),
        Effect::Lost,
        "its epoch is over"
    );
}

/// The replaced session ends, whosever it was; one that had ended before keeps its end.
pub async fn a_replaced_session_ends_in_the_same_effect(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let old = subject.sign_in(&bob).await;
    let seen = subject.changes().await.len();
    let now = subject.world.pass(5);
    let (new, _) = subject.world.new_session(&ann, Delivery::Cookie);
    let start = StartSession {
        replaces: Some(old.id),
        ..subject.world.start(new)
    };
    won(subject.store.start_session(start, now).await.unwrap());
    let ended = subject.session(old.id).await.ended.expect("it ended");
    assert_eq!(
        (ended.at, ended.reason, ended.kind),
        (now, EndReason::Replaced, None)
    );
    let changes = subject.changes_since(seen).await;
    assert_eq!(changes.len(), 1);
    assert_eq!(
        changes
            .first()
            .map(|change| (change.kind, change.id, change.reason)),
        Some((ChangeKind::SessionEnded, old.id.0, Some(EndReason::Replaced)))
    );
    subject.world.pass(5);
    let (newer, _) = subject.world.new_session(&ann, Delivery::Cookie);
    let start = StartSession {
        replaces: Some(old.id),
        ..subject.world.start(newer)
    };
    won(subject
        .store
        .start_session(start, subject.world.now())
        .await
        .unwrap());
    assert_eq!(subject.session(old.id).await.ended, Some(ended));
    assert_eq!(subject.changes_since(seen).await.len(), 1, "one end, one change");
}

/// Where the new session does not start, the old one lives on.
pub async fn a_lost_start_replaces_nothing(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let (new, _) = subject.world.new_session(&account, Delivery::Cookie);
    let end_all = EndAllSessions {
        user_id: account.id,
        keep: None,
        reason: EndReason::SignedOutElsewhere,
        origin: request_origin(),
    };
    won(subject
        .store
        .end_all_sessions(end_all, subject.world.now())
        .await
        .unwrap());
    let old = subject.sign_in(&subject.user(account.id).await.account).await;
    let start = StartSession {
        replaces: Some(old.id),
        ..subject.world.start(new)
    };
    assert_eq!(
        subject
            .store
            .start_session(start, subject.world.now())
            .await
            .unwrap(),
        Effect::Lost
    );
    assert_eq!(subject.session(old.id).await, old);
}
