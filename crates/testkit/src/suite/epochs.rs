//! Ending all sessions of an account at once.

use keyturn_core::model::{
    Account, AccountState, AuditKind, Change, ChangeKind, Delivery, EndReason, Ended, Session, SessionId,
};
use keyturn_core::ports::{Effect, EndAllSessions, SetPassword, SignInName};

use super::{Subject, won};
use crate::fixtures::request_origin;

/// All end, the epoch is raised with its reason, and the count is told.
pub async fn ending_all_sessions_raises_the_epoch(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let sessions = three_sessions(subject, &account).await;
    let seen = subject.changes().await.len();
    let now = subject.world.pass(1);
    let end = EndAllSessions {
        user_id: account.id,
        keep: None,
        reason: EndReason::SignedOutElsewhere,
        origin: request_origin(),
    };
    assert_eq!(
        subject.store.end_all_sessions(end.clone(), now).await.unwrap(),
        Effect::Won(3)
    );
    let after = subject.user(account.id).await.account;
    let expected = Account {
        session_epoch: account.session_epoch + 1,
        epoch_reason: Some(EndReason::SignedOutElsewhere),
        ..account.clone()
    };
    assert_eq!(after, expected);
    let ended = Some(Ended {
        at: now,
        reason: EndReason::SignedOutElsewhere,
        kind: None,
    });
    for session in &sessions {
        assert_eq!(
            subject.session(session.id).await,
            Session {
                ended,
                ..session.clone()
            }
        );
    }
    let told: Vec<_> = subject.changes_since(seen).await.iter().map(told).collect();
    let reason = Some(EndReason::SignedOutElsewhere);
    let ends = sessions
        .iter()
        .map(|session| (ChangeKind::SessionEnded, session.id.0, reason));
    let epoch = (ChangeKind::AccountEpoch, account.id.0, reason);
    assert_eq!(told, std::iter::once(epoch).chain(ends).collect::<Vec<_>>());
    let nobody = EndAllSessions {
        user_id: subject.world.new_user("nobody").id,
        ..end.clone()
    };
    assert_eq!(
        subject.store.end_all_sessions(nobody, now).await.unwrap(),
        Effect::Lost
    );
}

/// One session stays, with the new epoch, and is usable; the others are not.
pub async fn the_kept_session_follows_the_epoch(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let [first, kept, last] = three_sessions(subject, &account).await;
    let end = EndAllSessions {
        user_id: account.id,
        keep: Some(kept.id),
        reason: EndReason::SignedOutElsewhere,
        origin: request_origin(),
    };
    let outcome = subject
        .store
        .end_all_sessions(end, subject.world.now())
        .await
        .unwrap();
    assert_eq!(outcome, Effect::Won(2));
    let expected = Session {
        epoch: kept.epoch + 1,
        ..kept.clone()
    };
    assert_eq!(subject.session(kept.id).await, expected);
    won(subject.rotate(&expected).await);
    for other in [first, last] {
        assert_eq!(subject.rotate(&other).await, Effect::Lost);
    }
}

/// Somebody else's session, one that has ended, one that never was: no help to anybody.
pub async fn a_session_that_cannot_be_kept_ends_too(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let now = subject.world.now();
    let (of_ann, of_bob) = (subject.sign_in(&ann).await, subject.sign_in(&bob).await);
    let end = EndAllSessions {
        user_id: ann.id,
        keep: Some(of_bob.id),
        reason: EndReason::Admin,
        origin: request_origin(),
    };
    assert_eq!(
        subject.store.end_all_sessions(end.clone(), now).await.unwrap(),
        Effect::Won(1)
    );
    assert_eq!(subject.session(of_bob.id).await, of_bob);
    let dead = subject.session(of_ann.id).await;
    let end = EndAllSessions {
        keep: Some(of_ann.id),
        ..end.clone()
    };
    assert_eq!(
        subject.store.end_all_sessions(end.clone(), now).await.unwrap(),
        Effect::Won(0)
    );
    assert_eq!(subject.session(of_ann.id).await, dead);
    let never = subject.world.new_session(&ann, Delivery::Body).0.id;
    let end = EndAllSessions {
        keep: Some(never),
        ..end.clone()
    };
    assert_eq!(
        subject.store.end_all_sessions(end.clone(), now).await.unwrap(),
        Effect::Won(0)
    );
    assert_eq!(
        subject.user(ann.id).await.account.session_epoch,
        ann.session_epoch + 3
    );
}

/// A sign-in that was judged before the epoch was raised comes too late.
pub async fn a_session_of_an_older_epoch_can_no_longer_start(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let (late, _) = subject.world.new_session(&account, Delivery::Body);
    let end = EndAllSessions {
        user_id: account.id,
        keep: None,
        reason: EndReason::SignedOutElsewhere,
        origin: request_origin(),
    };
    let now = subject.world.now();
    won(subject.store.end_all_sessions(end.clone(), now).await.unwrap());
    let start = subject.world.start(late);
    assert_eq!(
        subject.store.start_session(start, now).await.unwrap(),
        Effect::Lost
    );
    subject.sign_in(&subject.user(account.id).await.account).await;
}

/// Every state but active ends the sessions, and says why.
pub async fn r1_3_leaving_active_ends_every_session(subject: &Subject) {
    for state in [
        AccountState::Inactive,
        AccountState::Suspended,
        AccountState::Pending,
    ] {
        let account = subject.sign_up(state.as_str()).await;
        let sessions = three_sessions(subject, &account).await;
        let seen = subject.changes().await.len();
        let now = subject.world.pass(60);
        let set = subject
            .world
            .state_change(account.id, AccountState::Active, state);
        let user = won(subject.store.set_state(set, now).await.unwrap());
        let expected = Account {
            state,
            session_epoch: account.session_epoch + 1,
            epoch_reason: Some(EndReason::AccountState),
            ..account.clone()
        };
        assert_eq!((&user.account, user.updated_at), (&expected, now));
        assert_eq!(subject.user(account.id).await, user);
        let ended = Some(Ended {
            at: now,
            reason: EndReason::AccountState,
            kind: None,
        });
        for session in &sessions {
            assert_eq!(
                subject.session(session.id).await,
                Session {
                    ended,
                    ..session.clone()
                }
            );
        }
        let kinds: Vec<_> = subject
            .changes_since(seen)
            .await
            .iter()
            .map(|change| change.kind)
            .collect();
        let ends = [ChangeKind::SessionEnded; 3];
        assert_eq!(
            kinds,
            [&[ChangeKind::AccountState, ChangeKind::AccountEpoch][..], &ends].concat()
        );
    }
}

/// Two administrators at once: the second one judges again.
pub async fn r2_6_a_state_is_set_only_from_the_state_expected(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let before = subject.user(account.id).await;
    let now = subject.world.pass(1);
    let wrong = subject
        .world
        .state_change(account.id, AccountState::Suspended, AccountState::Inactive);
    assert_eq!(subject.store.set_state(wrong, now).await.unwrap(), Effect::Lost);
    assert_eq!(subject.user(account.id).await, before);
    let nobody = subject.world.new_user("nobody").id;
    let absent = subject
        .world
        .state_change(nobody, AccountState::Active, AccountState::Suspended);
    assert_eq!(subject.store.set_state(absent, now).await.unwrap(), Effect::Lost);
}

/// An account that is let in again starts with the epoch that it has.
pub async fn becoming_active_ends_nothing(subject: &Subject) {
    let mut new = subject.world.new_user("ann");
    new.state = AccountState::Pending;
    let id = new.id;
    subject.store.create_user(new, subject.world.now()).await.unwrap();
    let before = subject.user(id).await.account;
    let activate = subject
        .world
        .state_change(id, AccountState::Pending, AccountState::Active);
    let after = won(subject
        .store
        .set_state(activate, subject.world.now())
        .await
        .unwrap())
    .account;
    assert_eq!(
        after,
        Account {
            state: AccountState::Active,
            ..before
        }
    );
    subject.sign_in(&after).await;
}

/// The session from which a password was changed stays; the others end and say why.
pub async fn setting_a_password_keeps_one_session(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let [kept, second, third] = three_sessions(subject, &account).await;
    let now = subject.world.pass(1);
    let password_hash = subject.world.password_hash("another password");
    let audit = subject
        .world
        .audit(AuditKind::PasswordSet, account.id, Some(kept.id));
    let set = SetPassword {
        user_id: account.id,
        password_hash: password_hash.clone(),
        keep: Some(kept.id),
        audit,
    };
    let user = won(subject.store.set_password(set, now).await.unwrap());
    assert_eq!(
        (user.account.session_epoch, user.updated_at),
        (account.session_epoch + 1, now)
    );
    assert_eq!(user.account.epoch_reason, Some(EndReason::PasswordChanged));
    assert_eq!(
        subject.session(kept.id).await,
        Session {
            epoch: kept.epoch + 1,
            ..kept.clone()
        }
    );
    for id in [second.id, third.id] {
        assert_eq!(
            subject.session(id).await.ended.map(|end| end.reason),
            Some(EndReason::PasswordChanged)
        );
    }
    let name = SignInName::UsernameKey("ann".into());
    let record = subject
        .store
        .find_sign_in(&name)
        .await
        .unwrap()
        .expect("the account exists");
    assert_eq!(record.password_hash, password_hash);
    let nobody = subject.world.new_user("nobody").id;
    let audit = subject.world.audit(AuditKind::PasswordSet, nobody, None);
    let set = SetPassword {
        user_id: nobody,
        password_hash,
        keep: None,
        audit,
    };
    assert_eq!(subject.store.set_password(set, now).await.unwrap(), Effect::Lost);
}

/// What happens to one account does not touch another.
pub async fn others_sessions_are_left_alone(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let of_bob = subject.sign_in(&bob).await;
    let bob = subject.user(bob.id).await;
    three_sessions(subject, &ann).await;
    let now = subject.world.pass(1);
    let suspend = subject
        .world
        .state_change(ann.id, AccountState::Active, AccountState::Suspended);
    won(subject.store.set_state(suspend, now).await.unwrap());
    assert_eq!(subject.session(of_bob.id).await, of_bob);
    assert_eq!(subject.user(bob.account.id).await, bob);
}

async fn three_sessions(subject: &Subject, account: &Account) -> [Session; 3] {
    let mut sessions = [
        subject.sign_in(account).await,
        subject.sign_in(account).await,
        subject.sign_in(account).await,
    ];
    sessions.sort_by_key(|session| -> SessionId { session.id });
    sessions
}

fn told(change: &Change) -> (ChangeKind, uuid::Uuid, Option<EndReason>) {
    (change.kind, change.id, change.reason)
}
