//! A token above the row, of a rotation that a failover lost.

use futures::executor::block_on;
use keyturn_core::model::{AuditKind, Delivery};
use keyturn_core::ports::AuditStore;
use keyturn_core::service::RefreshedAs;
use keyturn_testkit::mem_store::StoreFault;

use super::Scene;

/// The store has lost the rotation to 1 in a failover, and with it nothing else: one tab brings 1, the other still brings 0.
#[test]
fn i1_what_a_failover_lost_is_adopted_and_another_tabs_request_keeps_its_meaning() {
    let scene = Scene::new(Delivery::Cookie);
    let first = scene.refresh(1).unwrap();
    assert_eq!(first.kind, RefreshedAs::Held);
    assert!(first.issued.refresh_token.is_none(), "the jar has it already");
    assert_eq!(
        (scene.stored().head.generation, scene.stored().seen_generation),
        (1, 1)
    );
    let second = scene.refresh(0).unwrap();
    assert_eq!(second.kind, RefreshedAs::Replayed);
    assert_eq!(second.issued.refresh_token.unwrap().generation(), 1);
    let audited = block_on(scene.store.store.session_audit(scene.session.id, 9)).unwrap();
    let rolled = audited
        .iter()
        .filter(|event| event.kind == AuditKind::RolledForward);
    assert_eq!(rolled.count(), 1, "{audited:?}");
}

#[test]
fn an_adoption_whose_outcome_was_unknown_sets_no_cookie_either() {
    let scene = Scene::new(Delivery::Cookie);
    scene.store.store.fail_next(StoreFault::OutcomeUnknownApplied);
    let refreshed = scene.refresh(3).unwrap();
    assert_eq!(refreshed.kind, RefreshedAs::Held);
    assert!(refreshed.issued.refresh_token.is_none());
    assert_eq!(scene.stored().head.generation, 3);
}

#[test]
fn a_client_without_cookies_is_given_the_successor_of_what_a_failover_lost() {
    let scene = Scene::new(Delivery::Body);
    let refreshed = scene.refresh(1).unwrap();
    assert_eq!(refreshed.kind, RefreshedAs::Rotated);
    assert_eq!(refreshed.issued.refresh_token.unwrap().generation(), 2);
}
