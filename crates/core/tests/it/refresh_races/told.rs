//! What the observer is told: each verdict once, where its effect stands.

use std::sync::Mutex;

use keyturn_core::model::Delivery;
use keyturn_core::ports::{Effect, Observer, SessionSource, SessionStore, SignInResult, VerdictName};
use keyturn_core::service::RefreshedAs;
use keyturn_testkit::mem_store::StoreFault;

use super::Scene;
use super::interrupted::Before;

#[test]
fn a_verdict_is_told_where_its_effect_stands_and_not_where_it_was_lost() {
    let scene = Scene::new(Delivery::Cookie);
    scene.refresh(0).unwrap();
    let (store, rotate, now) = (scene.store.store.clone(), scene.rotation(), scene.now());
    scene.store.let_in(Before::Note, async move {
        assert!(matches!(store.rotate(rotate, now).await.unwrap(), Effect::Won(_)));
    });
    scene.refresh(1).unwrap();
    assert_eq!(scene.told.verdicts(), [VerdictName::Rotate, VerdictName::Replay]);
}

/// What is read then looks like a reuse, and is none.
#[test]
fn a_commit_of_our_own_that_is_found_on_reading_again_is_told_as_a_rotation() {
    let scene = Scene::new(Delivery::Body);
    scene.store.store.fail_next(StoreFault::OutcomeUnknownApplied);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    assert_eq!(scene.told.verdicts(), [VerdictName::Rotate]);
    assert!(scene.refresh(0).is_err());
    assert_eq!(scene.told.verdicts(), [VerdictName::Rotate, VerdictName::Reuse]);
}

/// Remembers what it is told.
#[derive(Default)]
pub(super) struct Told(Mutex<Vec<VerdictName>>);

impl Told {
    fn verdicts(&self) -> Vec<VerdictName> {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for Told {
    fn refreshed(&self, verdict: VerdictName) {
        self.0.lock().unwrap().push(verdict);
    }

    fn signed_in(&self, result: SignInResult) {
        panic!("nobody signs in here: {result}");
    }

    fn session_checked(&self, source: SessionSource) {
        panic!("no access token is checked here: {source}");
    }
}
