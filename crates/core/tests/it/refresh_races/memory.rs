//! A refresh that begins from memory, which may be behind the store.

use keyturn_core::model::{AuditKind, Delivery, EndReason};
use keyturn_core::service::{AuthError, RefreshedAs};

use super::Scene;
use super::interrupted::Before;

#[test]
fn a_session_in_memory_is_rotated_without_reading_it() {
    let scene = Scene::new(Delivery::Body);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    scene.store.let_in(Before::Read, async {});
    assert_eq!(scene.refresh(1).unwrap().kind, RefreshedAs::Rotated);
    assert_eq!(scene.store.others.lock().unwrap().len(), 1, "nothing was read");
}

#[test]
fn i2_an_old_token_that_memory_takes_for_the_current_one_is_recognised() {
    let scene = Scene::new(Delivery::Body);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    scene.rotate_elsewhere();
    scene.rotate_elsewhere();
    let answer = scene.refresh(1);
    assert!(
        matches!(answer, Err(AuthError::SessionEnded(EndReason::TokenReuse))),
        "{answer:?}"
    );
}

#[test]
fn a_token_ahead_of_memory_alone_is_not_taken_for_a_lost_write() {
    let scene = Scene::new(Delivery::Body);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    scene.rotate_elsewhere();
    assert_eq!(scene.refresh(2).unwrap().kind, RefreshedAs::Rotated);
    assert_eq!(scene.stored().head.generation, 3);
    assert_eq!(scene.audited(AuditKind::RolledForward), 0);
}
