//! What is written beside an effect: changes and audit events, and nothing that grows.

use keyturn_core::model::{AccountState, AuditKind, Change, ChangeKind, Delivery, EndReason, Head};
use keyturn_core::ports::{
    ChangedAccount, DeleteUser, EndAllSessions, EndCondition, EndSession, Page, Rotate, SessionFilter,
    SetPassword, StartSession,
};

use super::{Subject, won};
use crate::fixtures::request_origin;

/// Ascending numbers, no effect told twice, and the same when read in pieces.
pub async fn changes_are_written_once_and_in_order(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let (first, second) = (subject.sign_in(&account).await, subject.sign_in(&account).await);
    won(subject.rotate(&first).await);
    let end = subject.world.ending(&first, EndReason::SignedOut);
    let ended_at = subject.world.pass(1);
    for _ in 0..2 {
        subject.store.end_session(end.clone(), ended_at).await.unwrap();
    }
    let end_all = EndAllSessions {
        user_id: account.id,
        keep: None,
        reason: EndReason::Admin,
        origin: request_origin(),
    };
    won(subject
        .store
        .end_all_sessions(end_all, subject.world.pass(1))
        .await
        .unwrap());
    let suspend = subject
        .world
        .state_change(account.id, AccountState::Active, AccountState::Suspended);
    won(subject
        .store
        .set_state(suspend, subject.world.pass(1))
        .await
        .unwrap());
    let changes = subject.changes().await;
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.kind, change.id, change.reason))
        .collect();
    let (ann, of) = (account.id.0, Some);
    let expected = [
        (ChangeKind::AccountCreated, ann, None),
        (ChangeKind::SessionEnded, first.id.0, of(EndReason::SignedOut)),
        (ChangeKind::AccountEpoch, ann, of(EndReason::Admin)),
        (ChangeKind::SessionEnded, second.id.0, of(EndReason::Admin)),
        (ChangeKind::AccountState, ann, None),
        (ChangeKind::AccountEpoch, ann, of(EndReason::AccountState)),
    ];
    assert_eq!(told, expected);
    assert!(changes.is_sorted_by(|one, next| one.seq < next.seq));
    assert_eq!(changes.get(1).map(|change| change.at), Some(ended_at));
    let mut pieces: Vec<Change> = Vec::new();
    loop {
        let after = pieces.last().map_or(0, |change| change.seq);
        let piece = subject.store.changes_after(after, 4).await.unwrap();
        if piece.is_empty() {
            break;
        }
        pieces.extend(piece);
    }
    assert_eq!(pieces, changes);
}

/// By its subject and its state now; deleted, by its subject alone; swept or never there, not at all.
pub async fn a_change_of_an_account_names_it_as_applications_do(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let told = |id| async move { subject.store.changed_account(id).await.unwrap() };
    let named = |state| {
        Some(ChangedAccount {
            subject: account.subject.clone(),
            state,
        })
    };
    assert_eq!(told(account.id).await, named(Some(AccountState::Active)));
    let suspend = subject
        .world
        .state_change(account.id, AccountState::Active, AccountState::Suspended);
    won(subject
        .store
        .set_state(suspend, subject.world.pass(1))
        .await
        .unwrap());
    assert_eq!(told(account.id).await, named(Some(AccountState::Suspended)));
    let delete = DeleteUser {
        user_id: account.id,
        confirmed: None,
        another_administrator: false,
        audit: subject.world.audit(AuditKind::UserDeleted, account.id, None),
    };
    won(subject
        .store
        .delete_user(delete, subject.world.pass(1))
        .await
        .unwrap());
    assert_eq!(told(account.id).await, named(None));
    assert_eq!(told(subject.world.new_user("nobody").id).await, None);
}

/// Neither a change, nor an audit event, nor a field.
pub async fn a_lost_effect_writes_nothing(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let session = subject.sign_in(&account).await;
    let before = (
        subject.changes().await,
        subject.family(session.id).await,
        subject.user(account.id).await,
        subject.store.session_audit(session.id, 10).await.unwrap(),
    );
    let now = subject.world.pass(1);
    let wrong = Head {
        generation: 7,
        ..session.head
    };
    let audit = subject
        .world
        .audit(AuditKind::RolledForward, account.id, Some(session.id));
    let rotate = Rotate {
        expected: wrong,
        audit: Some(audit),
        ..subject.world.rotation(&session)
    };
    subject.store.rotate(rotate, now).await.unwrap();
    let reuse = subject.world.ending(&session, EndReason::TokenReuse);
    let end = EndSession {
        condition: EndCondition::Head(wrong),
        ..reuse
    };
    subject.store.end_session(end, now).await.unwrap();
    let mut state = subject
        .world
        .state_change(account.id, AccountState::Inactive, AccountState::Suspended);
    state.audit.session_id = Some(session.id);
    subject.store.set_state(state, now).await.unwrap();
    let nobody = subject.world.new_user("nobody");
    let audit = subject
        .world
        .audit(AuditKind::PasswordSet, nobody.id, Some(session.id));
    let set = SetPassword {
        user_id: nobody.id,
        password_hash: nobody.password_hash,
        keep: None,
        audit,
    };
    subject.store.set_password(set, now).await.unwrap();
    let mut stale = subject.world.new_session(&account, Delivery::Body).0;
    stale.epoch += 1;
    let start = StartSession {
        replaces: Some(session.id),
        ..subject.world.start(stale)
    };
    subject.store.start_session(start, now).await.unwrap();
    let after = (
        subject.changes().await,
        subject.family(session.id).await,
        subject.user(account.id).await,
        subject.store.session_audit(session.id, 10).await.unwrap(),
    );
    assert_eq!(after, before);
}

/// The event of each effect that carries one is there once the effect is.
pub async fn audit_events_come_with_their_effect(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let session = subject.sign_in(&account).await;
    let audit = |kind| subject.world.audit(kind, account.id, Some(session.id));
    let now = subject.world.now();
    let rotate = Rotate {
        audit: Some(audit(AuditKind::RolledForward)),
        ..subject.world.rotation(&session)
    };
    won(subject.store.rotate(rotate, now).await.unwrap());
    let password_hash = subject.world.password_hash("new");
    let set = SetPassword {
        user_id: account.id,
        password_hash,
        keep: Some(session.id),
        audit: audit(AuditKind::PasswordSet),
    };
    won(subject.store.set_password(set, now).await.unwrap());
    let end = subject.world.ending(&session, EndReason::Admin);
    subject.store.end_session(end.clone(), now).await.unwrap();
    subject.store.end_session(end, now).await.unwrap();
    let mut suspend = subject
        .world
        .state_change(account.id, AccountState::Active, AccountState::Suspended);
    suspend.audit.session_id = Some(session.id);
    won(subject.store.set_state(suspend, now).await.unwrap());
    let kinds: Vec<_> = subject
        .store
        .session_audit(session.id, 10)
        .await
        .unwrap()
        .iter()
        .map(|event| event.kind)
        .collect();
    let expected = [
        AuditKind::SessionStarted,
        AuditKind::RolledForward,
        AuditKind::PasswordSet,
        AuditKind::SessionEnded,
        AuditKind::UserState,
    ];
    assert_eq!(kinds, expected);
}

/// I4: a session that refreshed a thousand times is one row, as on its first day.
pub async fn i4_a_thousand_rotations_take_no_room(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let mut session = subject.sign_in(&account).await;
    let audited = subject.store.session_audit(session.id, 10).await.unwrap();
    let changes = subject.changes().await;
    for _ in 0..1000 {
        subject.world.pass(1);
        session = won(subject.rotate(&session).await);
    }
    assert_eq!(session.head.generation, 1000);
    let page = Page {
        before: None,
        limit: 10,
    };
    let listed = subject
        .store
        .list_sessions(None, SessionFilter::All, page)
        .await
        .unwrap();
    assert_eq!(
        listed.iter().map(|family| &family.session).collect::<Vec<_>>(),
        [&session]
    );
    assert_eq!(subject.changes().await, changes);
    assert_eq!(
        subject.store.session_audit(session.id, 10).await.unwrap(),
        audited
    );
}

/// The health check answers.
pub async fn a_healthy_store_says_so(subject: &Subject) {
    subject.store.check().await.unwrap();
}
