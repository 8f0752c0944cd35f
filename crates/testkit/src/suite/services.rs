//! Services and their secrets.

use futures::future::join_all;
use keyturn_core::credential::ServiceSecret;
use keyturn_core::model::{AuditEvent, AuditKind, NewService, Origin, Service, ServiceScope};
use keyturn_core::ports::{Effect, RemoveService};

use super::{Subject, won};

fn event(subject: &Subject, kind: AuditKind, name: &str) -> AuditEvent {
    AuditEvent {
        at: subject.world.now(),
        kind,
        user_id: None,
        session_id: None,
        detail: name.to_owned(),
        origin: Origin::request(Some(name.parse().unwrap()), None),
    }
}

fn new(subject: &Subject, name: &str, scopes: &[ServiceScope]) -> (NewService, ServiceSecret) {
    let secret = ServiceSecret::generate(&subject.world.entropy);
    let new = NewService {
        name: name.parse().unwrap(),
        secret_hash: secret.hash(),
        scopes: scopes.iter().copied().collect(),
        audit: event(subject, AuditKind::ServiceAdded, name),
    };
    (new, secret)
}

async fn add(subject: &Subject, new: NewService) -> Effect<Service> {
    subject.store.add_service(new, subject.world.now()).await.unwrap()
}

async fn remove(subject: &Subject, name: &str) -> Effect<()> {
    let remove = RemoveService {
        name: name.parse().unwrap(),
        audit: event(subject, AuditKind::ServiceRemoved, name),
    };
    subject
        .store
        .remove_service(remove, subject.world.now())
        .await
        .unwrap()
}

async fn found(subject: &Subject, secret: &ServiceSecret) -> Option<Service> {
    subject.store.find_service(&secret.hash()).await.unwrap()
}

/// The kinds of the events that the effects on this service have written.
async fn events(subject: &Subject, name: &str) -> Vec<AuditKind> {
    let id = name.parse().unwrap();
    let events = subject.store.request_audit(&id, 10).await.unwrap();
    events.iter().map(|event| event.kind).collect()
}

/// With its scopes and the time, by its secret alone.
pub async fn a_service_is_added_and_found_by_its_secret(subject: &Subject) {
    let (api, secret) = new(subject, "api", &[ServiceScope::Introspect]);
    let added = won(add(subject, api.clone()).await);
    assert_eq!(added.name, api.name);
    assert_eq!(added.scopes, api.scopes);
    assert_eq!(added.created_at, subject.world.now());
    let (all, other) = new(subject, "all", ServiceScope::ALL);
    let all = won(add(subject, all).await);
    assert_eq!(found(subject, &secret).await, Some(added));
    assert_eq!(found(subject, &other).await, Some(all));
    let stranger = ServiceSecret::generate(&subject.world.entropy);
    assert_eq!(found(subject, &stranger).await, None);
    assert_eq!(events(subject, "api").await, [AuditKind::ServiceAdded]);
}

/// The second one is refused, and the first keeps its secret.
pub async fn a_name_is_one_services(subject: &Subject) {
    let (first, secret) = new(subject, "api", &[ServiceScope::Introspect]);
    let (second, other) = new(subject, "api", &[]);
    let added = won(add(subject, first).await);
    assert_eq!(add(subject, second).await, Effect::Lost);
    assert_eq!(found(subject, &secret).await, Some(added));
    assert_eq!(found(subject, &other).await, None);
    assert_eq!(events(subject, "api").await, [AuditKind::ServiceAdded]);
}

/// Its secret is no one's then, and the name is free.
pub async fn a_service_is_removed_once(subject: &Subject) {
    let (api, secret) = new(subject, "api", &[ServiceScope::Introspect]);
    won(add(subject, api).await);
    won(remove(subject, "api").await);
    assert_eq!(found(subject, &secret).await, None);
    assert_eq!(remove(subject, "api").await, Effect::Lost);
    assert_eq!(
        events(subject, "api").await,
        [AuditKind::ServiceAdded, AuditKind::ServiceRemoved]
    );
    let (again, secret) = new(subject, "api", &[]);
    won(add(subject, again).await);
    assert!(found(subject, &secret).await.is_some());
}

/// All of them.
pub async fn services_are_listed_by_name(subject: &Subject) {
    assert_eq!(subject.store.list_services().await.unwrap(), []);
    for name in ["feed", "api", "billing-2"] {
        won(add(subject, new(subject, name, &[]).0).await);
    }
    let listed = subject.store.list_services().await.unwrap();
    let names: Vec<_> = listed.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["api", "billing-2", "feed"]);
}

/// However many ask at once.
pub async fn of_two_services_of_one_name_one_is_added(subject: &Subject) {
    let asked = (0..8).map(|_| add(subject, new(subject, "api", &[]).0));
    let answers = join_all(asked).await;
    let added = answers.iter().filter(|answer| **answer != Effect::Lost).count();
    assert_eq!(added, 1);
    assert_eq!(events(subject, "api").await, [AuditKind::ServiceAdded]);
}
