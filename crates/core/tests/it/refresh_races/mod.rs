//! A refresh, stopped between its steps while another request goes through: what the models found, on the real service.
//!
//! Here is the scene, one session and the service over it; the store that lets other requests in is `interrupted`.

mod failover;
mod interrupted;
mod memory;
mod overtaken;
mod passed_on;
mod told;

use std::sync::Arc;

use futures::executor::block_on;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{AttemptId, DeviceCookie, Keys, MasterSecret, RefreshToken};
use keyturn_core::lifetime::ActivityHint;
use keyturn_core::model::{AccountState, AuditEvent, AuditKind, Delivery, EndReason, Ended, Session};
use keyturn_core::ports::{AuditStore, Clock, Effect, EndCondition, EndSession, Rotate, SessionStore};
use keyturn_core::service::{
    AuthError, Authority, Live, Policy, Ports, RefreshRequest, Refreshed, SignUpPolicy,
};
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::{TinyHasher, World, request_origin};

use crate::policy::policy;

use self::interrupted::Interrupted;
use self::told::Told;

/// One session in an interrupted store, and the service over it.
struct Scene {
    store: Arc<Interrupted>,
    authority: Authority,
    clock: Arc<ManualClock>,
    session: Session,
    device: Option<DeviceCookie>,
    told: Arc<Told>,
}

impl Scene {
    fn new(delivery: Delivery) -> Self {
        let world = World::new(1);
        let store = Arc::new(Interrupted::default());
        let ann = block_on(world.sign_up(store.store.as_ref(), "ann")).account;
        let keys = Self::keys();
        let (mut session, _) = world.new_session(&ann, delivery);
        session.refresh_key_id = keys.current_refresh_key();
        let device = delivery
            .is_bound()
            .then(|| DeviceCookie::mint(&keys, ann.id, world.now(), &world.entropy));
        session.device_hash = device.as_ref().map(DeviceCookie::hash);
        let start = world.start(session.clone());
        assert_eq!(
            block_on(store.store.start_session(start, world.now())).unwrap(),
            Effect::Won(())
        );
        let clock = Arc::new(ManualClock::new());
        let ports = Ports {
            store: store.clone(),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(2)),
            hasher: Arc::new(TinyHasher::new(3)),
        };
        let live = Live::new(clock.clone(), SignedDuration::from_secs(1));
        store.store.listen(live.view.clone());
        let told = Arc::new(Told::default());
        let authority = Authority::new(ports, live, closed(), keys).unwrap();
        Self {
            store,
            authority: authority.observed_by(told.clone()),
            told,
            clock,
            session,
            device,
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn keys() -> Keys {
        Keys::derive(&MasterSecret::new((0..48).collect()).unwrap(), None)
    }

    fn refresh(&self, generation: u32) -> Result<Refreshed, AuthError> {
        let (
            keys,
            Session {
                id,
                refresh_key_id,
                nonce,
                ..
            },
        ) = (Self::keys(), &self.session);
        let device = self
            .device
            .as_ref()
            .map(|device| DeviceCookie::parse(&keys, &device.reveal()).unwrap());
        block_on(self.authority.refresh(RefreshRequest {
            token: RefreshToken::mint(&keys, *refresh_key_id, *id, generation, nonce).unwrap(),
            device,
            attempt: None,
            hint: ActivityHint::default(),
            origin: request_origin(),
        }))
    }

    fn stored(&self) -> Session {
        block_on(self.store.store.find_session(self.session.id))
            .unwrap()
            .unwrap()
            .session
    }

    fn audited(&self, kind: AuditKind) -> usize {
        let events = block_on(self.store.store.session_audit(self.session.id, 100)).unwrap();
        events.iter().filter(|event| event.kind == kind).count()
    }

    fn sign_out(&self) -> EndSession {
        EndSession {
            session_id: self.session.id,
            condition: EndCondition::Live,
            end: Ended {
                at: self.now(),
                reason: EndReason::SignedOut,
                kind: None,
            },
            audit: AuditEvent::session_ended(
                self.session.user_id,
                self.session.id,
                EndReason::SignedOut,
                &request_origin(),
                self.now(),
            ),
        }
    }

    /// What another node rotates is no change that memory hears of.
    fn rotate_elsewhere(&self) {
        let rotated = block_on(self.store.store.rotate(self.rotation(), self.now())).unwrap();
        assert!(matches!(rotated, Effect::Won(_)));
    }

    /// Another tab's rotation of what is stored now.
    fn rotation(&self) -> Rotate {
        let Session { id, head, .. } = self.stored();
        Rotate {
            session_id: id,
            expected: head,
            generation: head.generation + 1,
            attempt_id: AttemptId([9; 16]),
            attempt_hash: None,
            activity: None,
            seen_generation: head.generation,
            audit: None,
        }
    }
}

/// Nobody signs up.
fn closed() -> Policy {
    Policy {
        sign_up: SignUpPolicy {
            enabled: false,
            initial_state: AccountState::Active,
        },
        ..policy()
    }
}
