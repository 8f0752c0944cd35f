//! The audit log: one event for each thing that happened, found by session and by request.

use std::num::NonZeroU32;

use keyturn_core::model::{
    AccountState, Agent, AuditActor, AuditEvent, AuditKind, EndReason, NewUser, Origin, RequestId, Session,
};
use keyturn_core::ports::{CreateOutcome, EndAllSessions, SetPassword, StartSession};

use super::{Subject, won};
use crate::fixtures::request_origin;

/// Replaced, over the limit, by an epoch of each kind: one event each, of the effect's origin, beside the effect's own.
pub async fn every_session_that_an_effect_ends_has_one_event(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let (replaced, oldest) = (subject.sign_in(&bob).await, subject.sign_in(&ann).await);
    let world = &subject.world;
    let (newest, _) = world.new_session(&ann, keyturn_core::model::Delivery::Cookie);
    let start = StartSession {
        replaces: Some(replaced.id),
        limit: NonZeroU32::new(1),
        ..world.start(newest.clone())
    };
    won(subject.store.start_session(start, world.now()).await.unwrap());
    one_end(subject, &replaced, EndReason::Replaced).await;
    one_end(subject, &oldest, EndReason::SessionLimit).await;

    let set = SetPassword {
        user_id: ann.id,
        password_hash: world.password_hash("new"),
        keep: None,
        audit: world.audit(AuditKind::PasswordSet, ann.id, None),
    };
    won(subject.store.set_password(set, world.now()).await.unwrap());
    one_end(subject, &newest, EndReason::PasswordChanged).await;

    let ann = subject.user(ann.id).await.account;
    let (kept, other) = (subject.sign_in(&ann).await, subject.sign_in(&ann).await);
    let end = EndAllSessions {
        user_id: ann.id,
        keep: Some(kept.id),
        reason: EndReason::SignedOutElsewhere,
        origin: request_origin(),
    };
    won(subject.store.end_all_sessions(end, world.now()).await.unwrap());
    one_end(subject, &other, EndReason::SignedOutElsewhere).await;
    assert_eq!(ends(subject, &kept).await, []);

    let suspend = world.state_change(ann.id, AccountState::Active, AccountState::Suspended);
    won(subject.store.set_state(suspend, world.now()).await.unwrap());
    one_end(subject, &kept, EndReason::AccountState).await;
}

/// Oldest first, as many as asked for, and nobody else's.
pub async fn audit_events_are_found_by_their_request(subject: &Subject) {
    let ann = subject.world.new_user("ann");
    let event = |request: Option<&str>, detail: &str| AuditEvent {
        detail: detail.to_owned(),
        origin: Origin {
            request_id: request.map(|id| id.parse().unwrap()),
            ..request_origin()
        },
        ..subject.world.audit(AuditKind::SignInFailed, ann.id, None)
    };
    let (one, two) = (event(Some("mine"), "one"), event(Some("mine"), "two"));
    for event in [
        one.clone(),
        event(None, "none"),
        event(Some("Mine"), "other"),
        two.clone(),
    ] {
        subject.store.record_audit(event).await.unwrap();
    }
    let id: RequestId = "mine".parse().unwrap();
    let all = [one.clone(), two];
    assert_eq!(subject.store.request_audit(&id, 10).await.unwrap(), all);
    assert_eq!(subject.store.request_audit(&id, 1).await.unwrap(), [one]);
    let nobody: RequestId = "nobody".parse().unwrap();
    assert_eq!(subject.store.request_audit(&nobody, 10).await.unwrap(), []);
}

/// Written with the account, or not at all.
pub async fn a_new_account_has_its_event_and_a_taken_name_none(subject: &Subject) {
    let (ann, again) = (subject.world.new_user("ann"), subject.world.new_user("ann"));
    let of = |new: NewUser, request: &str| NewUser {
        audit: AuditEvent {
            origin: Origin {
                request_id: Some(request.parse().unwrap()),
                ..request_origin()
            },
            ..new.audit.clone()
        },
        ..new
    };
    let created = of(ann, "created");
    let event = created.audit.clone();
    for (new, outcome) in [(created, true), (of(again, "taken"), false)] {
        let answer = subject.store.create_user(new, subject.world.now()).await.unwrap();
        assert_eq!(matches!(answer, CreateOutcome::Created(_)), outcome, "{answer:?}");
    }
    for (request, events) in [("created", vec![event]), ("taken", vec![])] {
        let id = request.parse().unwrap();
        assert_eq!(
            subject.store.request_audit(&id, 10).await.unwrap(),
            events,
            "{request}"
        );
    }
}

/// With all that may be absent, and without.
pub async fn every_field_of_an_event_survives(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let session = subject.sign_in(&account).await;
    let began = subject.store.session_audit(session.id, 10).await.unwrap().len();
    let addresses = ["192.0.2.1".parse().unwrap(), "2001:db8::7".parse().unwrap()];
    let agents = [
        Agent::Account(account.id),
        Agent::Service("portal".parse().unwrap()),
    ];
    let mut written = Vec::new();
    let actors = AuditActor::ALL.iter().cycle();
    for (index, (kind, actor)) in AuditKind::ALL.iter().zip(actors).enumerate() {
        let event = AuditEvent {
            at: subject.world.pass(1),
            kind: *kind,
            user_id: (index % 2 == 0).then_some(account.id),
            session_id: Some(session.id),
            detail: format!("{kind} +7"),
            origin: Origin {
                actor: *actor,
                agent: agents.get(index % 3).cloned(),
                request_id: (index % 3 == 0).then(|| "r-1._A".parse().unwrap()),
                ip: addresses.get(index % 3).copied(),
            },
        };
        subject.store.record_audit(event.clone()).await.unwrap();
        written.push(event);
    }
    let mut read = subject.store.session_audit(session.id, u32::MAX).await.unwrap();
    assert_eq!(read.split_off(began), written);
}

async fn one_end(subject: &Subject, session: &Session, reason: EndReason) {
    let now = subject.world.now();
    let event = AuditEvent::session_ended(session.user_id, session.id, reason, &request_origin(), now);
    assert_eq!(ends(subject, session).await, [event]);
    let recorded = subject.session(session.id).await.ended;
    assert_eq!(recorded.map(|end| end.reason), Some(reason));
}

/// The events that say that a session ended.
async fn ends(subject: &Subject, session: &Session) -> Vec<AuditEvent> {
    let mut events = subject.store.session_audit(session.id, u32::MAX).await.unwrap();
    events.retain(|event| event.kind == AuditKind::SessionEnded);
    events
}
