//! Another request goes through first: a sign-out holds, and a Hold that was overtaken gives the successor.

use keyturn_core::model::{Delivery, EndReason};
use keyturn_core::ports::{Effect, EndOutcome, SessionStore};
use keyturn_core::service::{AuthError, RefreshedAs};
use keyturn_testkit::mem_store::StoreFault;

use super::Scene;
use super::interrupted::Before;

#[test]
fn i5_a_sign_out_holds_against_a_rotation_whose_outcome_was_unknown() {
    let scene = Scene::new(Delivery::Body);
    scene.store.store.fail_next(StoreFault::OutcomeUnknownApplied);
    scene.store.let_in(Before::Read, async {});
    let (store, end, now) = (scene.store.store.clone(), scene.sign_out(), scene.now());
    scene.store.let_in(Before::Read, async move {
        assert_eq!(store.end_session(end, now).await.unwrap(), EndOutcome::Ended);
    });
    let answer = scene.refresh(0);
    assert!(
        matches!(answer, Err(AuthError::SessionEnded(EndReason::SignedOut))),
        "{answer:?}"
    );
    assert_eq!(scene.stored().head.generation, 1, "the rotation did happen");
}

#[test]
fn i1_a_hold_overtaken_by_a_rotation_gives_the_successor_with_its_cookie() {
    let scene = Scene::new(Delivery::Cookie);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    let (store, rotate, now) = (scene.store.store.clone(), scene.rotation(), scene.now());
    scene.store.let_in(Before::Note, async move {
        assert!(matches!(store.rotate(rotate, now).await.unwrap(), Effect::Won(_)));
    });
    let refreshed = scene.refresh(1).unwrap();
    assert_eq!(refreshed.kind, RefreshedAs::Replayed);
    assert_eq!(refreshed.issued.refresh_token.unwrap().generation(), 2);
}

#[test]
fn i1_a_hold_that_nobody_overtakes_sets_no_cookie() {
    let scene = Scene::new(Delivery::Cookie);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    let refreshed = scene.refresh(1).unwrap();
    assert_eq!(refreshed.kind, RefreshedAs::Held);
    assert!(refreshed.issued.refresh_token.is_none());
    assert_eq!(scene.stored().head.generation, 1);
}
