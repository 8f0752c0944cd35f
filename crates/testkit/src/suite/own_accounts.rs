//! What people do to their own accounts, and what deleting one leaves.

#![expect(
    clippy::indexing_slicing,
    reason = "a case that finds fewer rows than it made has failed"
)]

use futures::future::join_all;
use keyturn_core::model::{Account, AccountState, AuditKind, ChangeKind, Client, EndReason, Session, UserId};
use keyturn_core::password::PasswordHash;
use keyturn_core::ports::{
    ChangePassword, Confirmed, CreateOutcome, DeleteUser, Effect, EndAllSessions, Page, Profile, Rehash,
    SessionFilter, SetPassword, SignInName, UpdateOutcome, UpdateUser, UserFilter,
};

use super::{Subject, won};
use crate::fixtures::request_origin;

/// The session in which it was changed stays and follows the epoch; the others end.
pub async fn a_changed_password_keeps_the_session_it_was_changed_in(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let (here, there) = (subject.sign_in(&account).await, subject.sign_in(&account).await);
    let now = subject.world.pass(1);
    let change = change_password(subject, &account, &here).await;
    let new = change.password_hash.clone();
    let user = won(subject.store.change_password(change, now).await.unwrap());
    assert_eq!(user.account.session_epoch, account.session_epoch + 1);
    assert_eq!(user.updated_at, now);
    assert_eq!(password_of(subject, account.id).await, new);
    let kept = subject.session(here.id).await;
    assert_eq!((kept.ended, kept.epoch), (None, account.session_epoch + 1));
    let ended = subject.session(there.id).await.ended.unwrap();
    assert_eq!((ended.at, ended.reason), (now, EndReason::PasswordChanged));
    won(subject.rotate(&kept).await);
}

/// What was confirmed has to hold when the effect comes: the password, the session, the account's state and epoch.
pub async fn what_was_confirmed_has_to_hold_still(subject: &Subject) {
    for spoilt in ["password", "session", "everywhere", "another account", "nothing"] {
        let account = subject.sign_up(&spoilt.replace(' ', "-")).await;
        let session = subject.sign_in(&account).await;
        let mut change = change_password(subject, &account, &session).await;
        let mut delete = delete_user(subject, &account, Some(&session)).await;
        let now = subject.world.pass(1);
        match spoilt {
            "password" => reset(subject, &account, &session).await,
            "session" => {
                let end = subject.world.ending(&session, EndReason::SignedOut);
                subject.store.end_session(end, now).await.unwrap();
            }
            "everywhere" => {
                let end = EndAllSessions {
                    user_id: account.id,
                    keep: None,
                    reason: EndReason::SignedOutElsewhere,
                    origin: request_origin(),
                };
                won(subject.store.end_all_sessions(end, now).await.unwrap());
            }
            "another account" => {
                let other = subject.sign_up("other").await;
                let theirs = subject.sign_in(&other).await;
                change.confirmed.session_id = theirs.id;
                delete.confirmed.as_mut().unwrap().session_id = theirs.id;
            }
            _ => {}
        }
        let before = (subject.user(account.id).await, subject.changes().await);
        let changed = subject.store.change_password(change, now).await.unwrap();
        if spoilt == "nothing" {
            won(changed);
            let again = delete_user(subject, &account, Some(&session)).await;
            won(subject.store.delete_user(again, now).await.unwrap());
            continue;
        }
        assert_eq!(changed, Effect::Lost, "{spoilt}");
        let deleted = subject.store.delete_user(delete, now).await.unwrap();
        assert_eq!(deleted, Effect::Lost, "{spoilt}");
        let after = (subject.user(account.id).await, subject.changes().await);
        assert_eq!(after, before, "{spoilt}");
    }
    let account = subject.sign_up("suspended").await;
    let session = subject.sign_in(&account).await;
    let change = change_password(subject, &account, &session).await;
    let (from, to) = (AccountState::Active, AccountState::Suspended);
    let set = subject.world.state_change(account.id, from, to);
    won(subject.store.set_state(set, subject.world.now()).await.unwrap());
    let now = subject.world.now();
    let changed = subject.store.change_password(change, now).await.unwrap();
    assert_eq!(changed, Effect::Lost);
}

/// Everything that names the person is gone at once; ids stay, and its sessions say why they ended.
pub async fn a_deleted_account_leaves_its_ids_alone(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let (over, live) = (subject.sign_in(&account).await, subject.sign_in(&account).await);
    let bob = subject.sign_up("bob").await;
    let theirs = subject.sign_in(&bob).await;
    let end = subject.world.ending(&over, EndReason::SignedOut);
    subject.store.end_session(end, subject.world.now()).await.unwrap();
    let seen = subject.changes().await.len();
    let now = subject.world.pass(1);
    let delete = delete_user(subject, &account, Some(&live)).await;
    assert_eq!(won(subject.store.delete_user(delete, now).await.unwrap()), 1);

    assert_nowhere(subject, &account).await;
    for (id, reason) in [
        (over.id, EndReason::SignedOut),
        (live.id, EndReason::AccountDeleted),
    ] {
        let family = subject.family(id).await;
        let left = &family.account;
        assert_eq!((left.id, &left.subject), (account.id, &account.subject));
        assert_eq!((&left.email, &left.username), (&None, &None));
        assert_eq!(left.state, AccountState::Inactive);
        assert!(left.permissions.is_empty());
        assert_eq!(left.epoch_reason, Some(EndReason::AccountDeleted));
        assert_eq!(family.session.ended.unwrap().reason, reason);
        assert_eq!(family.session.client, Client::default());
    }
    let told = subject.changes_since(seen).await;
    let told: Vec<_> = told
        .iter()
        .map(|change| (change.kind, change.id, change.reason))
        .collect();
    let reason = Some(EndReason::AccountDeleted);
    assert_eq!(
        told,
        [
            (ChangeKind::AccountDeleted, account.id.0, None),
            (ChangeKind::AccountEpoch, account.id.0, reason),
            (ChangeKind::SessionEnded, live.id.0, reason),
        ]
    );
    let events = subject.store.user_audit(account.id, 0, 100).await.unwrap();
    assert!(events.iter().all(|(_, event)| event.origin.ip.is_none()));
    let kinds: Vec<_> = events.iter().map(|(_, event)| event.kind).collect();
    assert_eq!(
        kinds[kinds.len() - 2..],
        [AuditKind::UserDeleted, AuditKind::SessionEnded]
    );
    let untouched = subject.session(theirs.id).await;
    assert_eq!(untouched, theirs);
    let events = subject.store.user_audit(bob.id, 0, 100).await.unwrap();
    assert!(events.iter().all(|(_, event)| event.origin.ip.is_some()));
}

/// Nothing is done to a deleted account any more; its names are free, its id and subject are not.
pub async fn a_deleted_account_is_gone_for_every_effect(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let session = subject.sign_in(&account).await;
    let hash = password_of(subject, account.id).await;
    let expected = Profile::of(&subject.user(account.id).await);
    let update = UpdateUser {
        user_id: account.id,
        profile: Profile {
            name: Some("Ann".to_owned()),
            ..expected.clone()
        },
        expected,
        another_administrator: false,
        audit: subject.world.audit(AuditKind::UserUpdated, account.id, None),
    };
    let change = change_password(subject, &account, &session).await;
    let delete = |confirmed| DeleteUser {
        user_id: account.id,
        confirmed,
        another_administrator: false,
        audit: subject.world.audit(AuditKind::UserDeleted, account.id, None),
    };
    let now = subject.world.now();
    won(subject.store.delete_user(delete(None), now).await.unwrap());
    let seen = subject.changes().await.len();

    let store = &subject.store;
    assert_eq!(store.delete_user(delete(None), now).await.unwrap(), Effect::Lost);
    assert_eq!(store.update_user(update, now).await.unwrap(), UpdateOutcome::Lost);
    assert_eq!(store.change_password(change, now).await.unwrap(), Effect::Lost);
    let set = SetPassword {
        user_id: account.id,
        password_hash: hash.clone(),
        keep: None,
        audit: subject.world.audit(AuditKind::PasswordSet, account.id, None),
    };
    assert_eq!(store.set_password(set, now).await.unwrap(), Effect::Lost);
    for expected in [hash.clone(), PasswordHash::from_stored(String::new())] {
        let rehash = Rehash {
            user_id: account.id,
            expected,
            password_hash: hash.clone(),
        };
        assert_eq!(store.rehash(rehash, now).await.unwrap(), Effect::Lost);
    }
    for from in AccountState::ALL {
        let set = subject
            .world
            .state_change(account.id, *from, AccountState::Active);
        assert_eq!(store.set_state(set, now).await.unwrap(), Effect::Lost, "{from}");
    }
    let end = EndAllSessions {
        user_id: account.id,
        keep: None,
        reason: EndReason::Admin,
        origin: request_origin(),
    };
    assert_eq!(store.end_all_sessions(end, now).await.unwrap(), Effect::Lost);
    let left = subject.family(session.id).await.account;
    let (fresh, _) = subject
        .world
        .new_session(&left, keyturn_core::model::Delivery::Body);
    let start = subject.world.start(fresh);
    assert_eq!(store.start_session(start, now).await.unwrap(), Effect::Lost);
    assert_eq!(subject.changes_since(seen).await, []);

    let mut same = subject.world.new_user("ann");
    same.subject = account.subject.clone();
    let taken = store.create_user(same, now).await.unwrap();
    assert_eq!(taken, CreateOutcome::SubjectTaken);
    let again = subject.sign_up("ann").await;
    assert_ne!(again.id, account.id);
}

/// The last administrator is deleted only by who does not ask for another; of two who go at the same moment, one stays.
pub async fn r2_6_the_last_administrator_is_not_deleted(subject: &Subject) {
    let mut administrators = Vec::new();
    for name in ["ann", "bob"] {
        let mut new = subject.world.new_user(name);
        new.permissions = vec!["admin".to_owned()];
        let created = subject.store.create_user(new, subject.world.now()).await;
        let CreateOutcome::Created(user) = created.unwrap() else {
            panic!("{name} was not created")
        };
        administrators.push(user.account);
    }
    let delete = |account: &Account| DeleteUser {
        user_id: account.id,
        confirmed: None,
        another_administrator: true,
        audit: subject.world.audit(AuditKind::UserDeleted, account.id, None),
    };
    let now = subject.world.now();
    let deletions = administrators
        .iter()
        .map(|account| subject.store.delete_user(delete(account), now));
    let deleted: Vec<_> = join_all(deletions)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let won = deleted.iter().filter(|deleted| **deleted == Effect::Won(0));
    assert_eq!(won.count(), 1, "{deleted:?}");
    assert!(subject.store.has_administrator(None).await.unwrap());
}

/// A deletion and a sign-in at the same moment leave no live session.
pub async fn no_session_survives_a_deletion(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let now = subject.world.now();
    let sign_ins: Vec<_> = (0..8)
        .map(|_| {
            let (session, _) = subject
                .world
                .new_session(&account, keyturn_core::model::Delivery::Body);
            subject.world.start(session)
        })
        .collect();
    let delete = delete_user(subject, &account, None).await;
    let starts = sign_ins
        .into_iter()
        .map(|start| subject.store.start_session(start, now));
    let (_, deleted) = futures::join!(join_all(starts), subject.store.delete_user(delete, now));
    won(deleted.unwrap());
    let page = Page {
        before: None,
        limit: 100,
    };
    let live = subject
        .store
        .list_sessions(Some(account.id), SessionFilter::Live, page)
        .await;
    assert_eq!(live.unwrap(), []);
}

/// An account's events are read oldest first, page by page, and nobody else's among them.
pub async fn an_accounts_events_are_read_page_by_page(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    for _ in 0..5 {
        subject.sign_in(&account).await;
        let bob = subject.sign_up("bob").await;
        let delete = delete_user(subject, &bob, None).await;
        won(subject
            .store
            .delete_user(delete, subject.world.now())
            .await
            .unwrap());
    }
    let mut read = Vec::new();
    loop {
        let after = read.last().map_or(0, |(number, _)| *number);
        let page = subject.store.user_audit(account.id, after, 4).await.unwrap();
        assert!(page.len() <= 4);
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    assert_eq!(read.len(), 6);
    assert!(read.iter().all(|(_, event)| event.user_id == Some(account.id)));
    assert!(read.is_sorted_by(|(one, _), (next, _)| one < next));
    assert_eq!(read[0].1.kind, AuditKind::UserCreated);
}

pub(super) async fn change_password(subject: &Subject, account: &Account, here: &Session) -> ChangePassword {
    ChangePassword {
        user_id: account.id,
        confirmed: confirmed(subject, account, here).await,
        password_hash: subject.world.password_hash("another"),
        audit: subject
            .world
            .audit(AuditKind::PasswordSet, account.id, Some(here.id)),
    }
}

async fn delete_user(subject: &Subject, account: &Account, session: Option<&Session>) -> DeleteUser {
    let confirmed = match session {
        Some(session) => Some(confirmed(subject, account, session).await),
        None => None,
    };
    DeleteUser {
        user_id: account.id,
        confirmed,
        another_administrator: false,
        audit: subject.world.audit(AuditKind::UserDeleted, account.id, None),
    }
}

async fn confirmed(subject: &Subject, account: &Account, session: &Session) -> Confirmed {
    Confirmed {
        password_hash: password_of(subject, account.id).await,
        session_id: session.id,
    }
}

/// Sets another password; the session stays.
async fn reset(subject: &Subject, account: &Account, session: &Session) {
    let set = SetPassword {
        user_id: account.id,
        password_hash: subject.world.password_hash("reset"),
        keep: Some(session.id),
        audit: subject.world.audit(AuditKind::PasswordSet, account.id, None),
    };
    won(subject
        .store
        .set_password(set, subject.world.now())
        .await
        .unwrap());
}

async fn password_of(subject: &Subject, id: UserId) -> PasswordHash {
    let record = subject.store.find_password(id).await.unwrap();
    record.expect("the account exists").password_hash
}

/// No method finds the account.
async fn assert_nowhere(subject: &Subject, account: &Account) {
    let store = &subject.store;
    assert_eq!(store.find_user(account.id).await.unwrap(), None);
    let by_subject = store.find_user_by_subject(&account.subject).await.unwrap();
    assert_eq!(by_subject, None);
    assert!(store.find_password(account.id).await.unwrap().is_none());
    for name in [
        SignInName::EmailKey("ann@example.com".to_owned()),
        SignInName::UsernameKey("ann".to_owned()),
    ] {
        assert_eq!(store.find_user_by_name(&name).await.unwrap(), None);
        assert!(store.find_sign_in(&name).await.unwrap().is_none());
    }
    let transferred = store.stored_users(None, 100).await.unwrap();
    assert!(
        transferred
            .iter()
            .all(|stored| stored.user.account.id != account.id)
    );
    let page = Page {
        before: None,
        limit: 100,
    };
    for state in [None, Some(AccountState::Active), Some(AccountState::Inactive)] {
        let filter = UserFilter { state, search: None };
        let listed = store.list_users(&filter, page).await.unwrap();
        assert!(
            listed.iter().all(|user| user.account.id != account.id),
            "{state:?}"
        );
    }
}
