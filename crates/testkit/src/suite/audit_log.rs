//! Looking through the audit log.

use keyturn_core::model::{AuditEvent, AuditKind, EndReason, NewUser, Origin};
use keyturn_core::ports::{AuditEntry, AuditFilter, DeleteUser, EndAllSessions, Page};

use super::{Subject, won};
use crate::fixtures::request_origin;

/// Each part of a filter alone, and all of them together.
pub async fn events_are_found_by_what_they_are_of(subject: &Subject) {
    let (ann, bob) = (subject.world.new_user("ann"), subject.world.new_user("bob"));
    let ann = NewUser {
        subject: "legacy 7".to_owned(),
        ..ann
    };
    let (ann_id, nobody) = (ann.id, bob.id);
    let now = subject.world.now();
    subject.store.create_user(ann, now).await.unwrap();
    let account = subject.user(ann_id).await.account;
    let session = subject.sign_in(&account).await;
    let event = |kind, user_id, session_id, request: &str, detail: &str| AuditEvent {
        at: subject.world.pass(10),
        kind,
        user_id,
        session_id,
        detail: detail.to_owned(),
        origin: Origin {
            request_id: request.parse().ok(),
            ..request_origin()
        },
    };
    let mine = event(AuditKind::PasswordSet, Some(ann_id), None, "r1", "mine");
    let ended = event(
        AuditKind::SessionEnded,
        Some(ann_id),
        Some(session.id),
        "r2",
        "ended",
    );
    let nobodys = event(AuditKind::SignInFailed, None, None, "r2", "nobodys");
    let gone = event(AuditKind::SignInFailed, Some(nobody), None, "", "gone");
    for event in [&mine, &ended, &nobodys, &gone] {
        subject.store.record_audit(event.clone()).await.unwrap();
    }
    let since = Some(mine.at);
    let from_now_on = || AuditFilter {
        since,
        ..AuditFilter::default()
    };
    for (filter, found) in [
        (from_now_on(), &["gone", "nobodys", "ended", "mine"][..]),
        (
            AuditFilter {
                user_id: Some(ann_id),
                ..from_now_on()
            },
            &["ended", "mine"],
        ),
        (
            AuditFilter {
                user_id: Some(nobody),
                ..AuditFilter::default()
            },
            &["gone"],
        ),
        (
            AuditFilter {
                session_id: Some(session.id),
                ..from_now_on()
            },
            &["ended"],
        ),
        (
            AuditFilter {
                request_id: "r2".parse().ok(),
                ..AuditFilter::default()
            },
            &["nobodys", "ended"],
        ),
        (
            AuditFilter {
                kind: Some(AuditKind::SignInFailed),
                ..AuditFilter::default()
            },
            &["gone", "nobodys"],
        ),
        (
            AuditFilter {
                since: Some(ended.at),
                until: Some(gone.at),
                ..AuditFilter::default()
            },
            &["nobodys", "ended"],
        ),
        (
            AuditFilter {
                user_id: Some(ann_id),
                session_id: Some(session.id),
                request_id: "r2".parse().ok(),
                kind: Some(AuditKind::SessionEnded),
                by: None,
                since: Some(ended.at),
                until: Some(gone.at),
            },
            &["ended"],
        ),
        (
            AuditFilter {
                user_id: Some(nobody),
                session_id: Some(session.id),
                ..AuditFilter::default()
            },
            &[],
        ),
    ] {
        let entries = read(subject, &filter, 50).await;
        let details: Vec<_> = entries.iter().map(|entry| entry.event.detail.as_str()).collect();
        assert_eq!(details, found, "{filter:?}");
    }
    let entries = read(subject, &from_now_on(), 50).await;
    let events: Vec<_> = entries.iter().map(|entry| &entry.event).collect();
    assert_eq!(events, [&gone, &nobodys, &ended, &mine]);
    let subjects: Vec<_> = entries.iter().map(|entry| entry.subject.as_deref()).collect();
    assert_eq!(subjects, [None, None, Some("legacy 7"), Some("legacy 7")]);
}

/// Also the ends of sessions that an effect of theirs ended; and once the account is deleted, without the address from where.
pub async fn what_an_administrator_did_is_found(subject: &Subject) {
    let (root, ann) = (subject.sign_up("root").await, subject.sign_up("ann").await);
    let session = subject.sign_in(&ann).await;
    let by_root = request_origin().by_administrator(root.id);
    let end = EndAllSessions {
        user_id: ann.id,
        keep: None,
        reason: EndReason::Admin,
        origin: by_root.clone(),
    };
    won(subject
        .store
        .end_all_sessions(end, subject.world.now())
        .await
        .unwrap());
    for origin in [
        by_root.clone(),
        request_origin().by_administrator(ann.id),
        request_origin().by_service("portal".parse().unwrap()),
        request_origin(),
    ] {
        let event = subject.world.audit(AuditKind::UserUpdated, ann.id, None);
        let event = AuditEvent { origin, ..event };
        subject.store.record_audit(event).await.unwrap();
    }
    let by = |id| AuditFilter {
        by: Some(id),
        ..AuditFilter::default()
    };
    let found = read(subject, &by(root.id), 1).await;
    let told: Vec<_> = found
        .iter()
        .map(|entry| (entry.event.kind, entry.event.session_id, &entry.event.origin))
        .collect();
    assert_eq!(
        told,
        [
            (AuditKind::UserUpdated, None, &by_root),
            (AuditKind::SessionEnded, Some(session.id), &by_root)
        ]
    );
    for entry in &found {
        assert_eq!(entry.agent_subject.as_deref(), Some(root.subject.as_str()));
        assert_eq!(entry.subject.as_deref(), Some(ann.subject.as_str()));
    }
    let delete = DeleteUser {
        user_id: root.id,
        confirmed: None,
        another_administrator: false,
        audit: subject.world.audit(AuditKind::UserDeleted, root.id, None),
    };
    won(subject
        .store
        .delete_user(delete, subject.world.now())
        .await
        .unwrap());
    let nowhere = Origin { ip: None, ..by_root };
    let found = read(subject, &by(root.id), 10).await;
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|entry| entry.event.origin == nowhere));
    let others = read(subject, &by(ann.id), 10).await;
    let from: Vec<_> = others.iter().map(|entry| entry.event.origin.ip).collect();
    assert_eq!(from, [request_origin().ip], "another's");
}

/// Every event once, whatever the size of a page, and also where their times are out of order.
pub async fn the_log_is_read_newest_first_page_by_page(subject: &Subject) {
    let ann = subject.world.new_user("ann");
    let mut written = Vec::new();
    for number in 0..7 {
        subject.world.pass(if number % 2 == 0 { 10 } else { -5 });
        let event = AuditEvent {
            detail: number.to_string(),
            ..subject.world.audit(AuditKind::SignInFailed, ann.id, None)
        };
        subject.store.record_audit(event.clone()).await.unwrap();
        written.insert(0, event);
    }
    for limit in [1, 2, 3, 7, 50] {
        let read = read(subject, &AuditFilter::default(), limit).await;
        let events: Vec<_> = read.into_iter().map(|entry| entry.event).collect();
        assert_eq!(events, written, "{limit}");
    }
}

async fn read(subject: &Subject, filter: &AuditFilter, limit: u32) -> Vec<AuditEntry> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    let mut page = Page { before: None, limit };
    loop {
        let found = subject.store.list_audit(filter, page).await.unwrap();
        let Some(last) = found.last() else { return entries };
        assert!(found.len() <= usize::try_from(limit).unwrap());
        page.before = Some(last.position);
        entries.extend(found);
    }
}
