//! Two nodes over one store: each has its own view of live sessions and its own buffer of activity; the store tells a node of
//! its own changes at once and of the other's when that node looks.

use std::sync::{Arc, Mutex};

use futures::executor::block_on;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{DeviceCookie, RefreshToken};
use keyturn_core::lifetime::ActivityHint;
use keyturn_core::model::{AccountState, Change, ChangeKind, Delivery, EndReason, Session};
use keyturn_core::ports::{ChangeListener, Clock, Effect, SessionStore, UserStore};
use keyturn_core::service::{
    AuthError, Authority, Live, Ports, RefreshRequest, Refreshed, RefreshedAs, Requester,
};
use keyturn_core::view::SessionView;
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::{TinyHasher, World, request_origin};
use keyturn_testkit::mem_store::MemStore;

use crate::policy::policy;

/// What a node has not looked at yet.
struct Wire {
    view: Arc<SessionView>,
    waiting: Mutex<Vec<Change>>,
}

impl Wire {
    /// The node looks at what was committed; the look began at `since`.
    fn deliver(&self, since: Timestamp) {
        for change in self.waiting.lock().unwrap().drain(..) {
            self.view.changed(&change);
        }
        self.view.caught_up(since);
    }
}

impl ChangeListener for Wire {
    fn begins(&self, history: &str, newest: i64) {
        self.view.begins(history, newest);
    }

    fn changed(&self, change: &Change) {
        self.waiting.lock().unwrap().push(change.clone());
    }

    fn looking(&self) -> Timestamp {
        self.view.looking()
    }

    fn caught_up(&self, _since: Timestamp) {}
}

/// A node that hears of changes only when the test lets it look.
struct Node {
    authority: Authority,
    wire: Arc<Wire>,
}

/// One browser's session and two nodes.
struct Scene {
    store: Arc<MemStore>,
    clock: Arc<ManualClock>,
    world: World,
    session: Session,
    device: DeviceCookie,
    nodes: [Node; 2],
}

impl Scene {
    fn new() -> Self {
        let (world, store, clock) = (
            World::new(5),
            Arc::new(MemStore::new()),
            Arc::new(ManualClock::new()),
        );
        let account = block_on(world.sign_up(store.as_ref(), "ann")).account;
        let (session, device) = world.new_session(&account, Delivery::Cookie);
        let start = world.start(session.clone());
        assert_eq!(
            block_on(store.start_session(start, world.now())).unwrap(),
            Effect::Won(())
        );
        let nodes = [6, 7].map(|seed| Node::new(&store, &clock, seed));
        let scene = Self {
            store,
            clock,
            world,
            session,
            device: device.unwrap(),
            nodes,
        };
        scene.look();
        scene
    }

    /// Both nodes look, in no time.
    fn look(&self) {
        for node in &self.nodes {
            node.wire.deliver(self.clock.now());
        }
    }

    fn refresh(&self, node: usize, generation: u32) -> Result<Refreshed, AuthError> {
        let (keys, session) = (&self.world.keys, &self.session);
        let request = RefreshRequest {
            token: RefreshToken::mint(
                keys,
                session.refresh_key_id,
                session.id,
                generation,
                &session.nonce,
            )
            .unwrap(),
            device: Some(DeviceCookie::parse(keys, &self.device.reveal()).unwrap()),
            attempt: None,
            hint: ActivityHint::default(),
            origin: request_origin(),
        };
        block_on(self.nodes[node].authority.refresh(request))
    }

    fn check(&self, node: usize, access: &str) -> Result<(), AuthError> {
        block_on(self.nodes[node].authority.authenticate(access, requester())).map(drop)
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
        self.look();
    }
}

impl Node {
    fn new(store: &Arc<MemStore>, clock: &Arc<ManualClock>, seed: u64) -> Self {
        let live = Live::new(clock.clone(), SignedDuration::from_secs(1));
        let wire = Arc::new(Wire {
            view: live.view.clone(),
            waiting: Mutex::default(),
        });
        store.listen(wire.clone());
        let ports = Ports {
            store: store.clone(),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(seed)),
            hasher: Arc::new(TinyHasher::new(seed)),
        };
        let authority = Authority::new(ports, live, policy(), World::new(5).keys).unwrap();
        Self { authority, wire }
    }
}

#[test]
fn i3_a_refresh_on_one_node_is_replayed_on_the_other_with_the_same_successor() {
    let scene = Scene::new();
    let first = scene.refresh(0, 0).unwrap();
    let second = scene.refresh(1, 0).unwrap();
    assert_eq!(
        (first.kind, second.kind),
        (RefreshedAs::Rotated, RefreshedAs::Replayed)
    );
    let token = |refreshed: Refreshed| refreshed.issued.refresh_token.unwrap().reveal();
    assert_eq!(token(first), token(second));
    assert_eq!(scene.refresh(0, 1).unwrap().kind, RefreshedAs::Held);
}

/// What a node remembers from before another one's rotation is not shown to whoever brings a token of that rotation.
#[test]
fn a_token_of_a_later_generation_shows_that_memory_is_old() {
    let scene = Scene::new();
    let first = scene.refresh(1, 0).unwrap().issued.access_token;
    scene.check(1, &first).unwrap();
    scene.pass(11);
    let second = scene.refresh(0, 1).unwrap().issued.access_token;
    let authority = &scene.nodes[1].authority;
    let seen = block_on(authority.authenticate(&second, requester())).unwrap();
    assert_eq!(seen.family.session.head.generation, 2);
}

#[test]
fn i2_reuse_on_one_node_ends_the_family_on_the_other() {
    let scene = Scene::new();
    let access = scene.refresh(0, 0).unwrap().issued.access_token;
    scene.pass(11);
    scene.refresh(1, 1).unwrap();
    scene.check(1, &access).unwrap();
    scene.pass(11);
    let reuse = scene.refresh(0, 0).unwrap_err();
    assert!(
        matches!(reuse, AuthError::SessionEnded(EndReason::TokenReuse)),
        "{reuse:?}"
    );
    scene.look();
    let there = scene.check(1, &access).unwrap_err();
    assert!(
        matches!(there, AuthError::SessionEnded(EndReason::TokenReuse)),
        "{there:?}"
    );
}

/// The bound of I5: a node that has not looked believes what it knows until a second after the *beginning* of its last look.
#[test]
fn i5_a_node_believes_its_memory_for_max_staleness_after_its_last_look_began() {
    let scene = Scene::new();
    let access = scene.refresh(0, 0).unwrap().issued.access_token;
    scene.check(1, &access).unwrap();
    let began = scene.clock.now();
    scene.clock.advance(SignedDuration::from_millis(1));
    let end = scene.world.ending(&scene.session, EndReason::SignedOut);
    block_on(scene.store.end_session(end, scene.clock.now())).unwrap();
    scene.clock.advance(SignedDuration::from_millis(899));
    // A look that began before the end and saw nothing of it.
    scene.nodes[1].wire.view.caught_up(began);
    scene.clock.advance(SignedDuration::from_millis(100));
    scene.check(1, &access).expect("a second has not passed");
    scene.clock.advance(SignedDuration::from_micros(1));
    assert!(matches!(
        scene.check(1, &access),
        Err(AuthError::SessionEnded(EndReason::SignedOut))
    ));
}

/// Its memory of generation and activity is old, since nobody tells of rotations: it may err towards asking the store, never
/// towards ending or serving what the store would not.
#[test]
fn i1_a_node_whose_memory_is_older_than_anothers_rotations_signs_nobody_out() {
    let scene = Scene::new();
    let mut access = scene.refresh(1, 0).unwrap().issued.access_token;
    let mut at = 0;
    let mut generation = 1;
    // Past the idle end of what node 1 remembers, though never past the one in the store.
    while at < 2 * 3_600 {
        scene.pass(1_200);
        at += 1_200;
        access = scene.refresh(0, generation).unwrap().issued.access_token;
        generation += 1;
    }
    scene.check(1, &access).unwrap();
    assert_eq!(scene.refresh(1, generation).unwrap().kind, RefreshedAs::Held);
    scene.pass(11);
    assert_eq!(scene.refresh(1, generation).unwrap().kind, RefreshedAs::Rotated);
}

#[test]
fn i5_a_suspension_on_one_node_shuts_the_other() {
    let scene = Scene::new();
    let access = scene.refresh(0, 0).unwrap().issued.access_token;
    scene.check(1, &access).unwrap();
    let suspend = scene.world.state_change(
        scene.session.user_id,
        AccountState::Active,
        AccountState::Suspended,
    );
    block_on(scene.store.set_state(suspend, scene.clock.now())).unwrap();
    scene.look();
    for node in [0, 1] {
        assert!(matches!(
            scene.check(node, &access),
            Err(AuthError::SessionEnded(EndReason::AccountState))
        ));
    }
}

/// Cut off from the store, a node serves from memory for as long as it may believe it, and then says that it can't know.
#[test]
fn i9_a_node_that_is_cut_off_says_so_and_ends_nobody() {
    let scene = Scene::new();
    let access = scene.refresh(0, 0).unwrap().issued.access_token;
    scene.check(1, &access).unwrap();
    scene.store.set_down(true);
    scene.clock.advance(SignedDuration::from_secs(1));
    scene.check(1, &access).unwrap();
    scene.clock.advance(SignedDuration::from_micros(1));
    assert!(matches!(scene.check(1, &access), Err(AuthError::Store(_))));
    assert!(matches!(scene.refresh(1, 1), Err(AuthError::Store(_))));
    scene.store.set_down(false);
    scene.look();
    scene.check(1, &access).unwrap();
}

/// A node that does not know the time lets nobody in and ends nobody, and does both again once it does.
#[test]
fn i9_a_node_that_does_not_know_the_time_says_so_and_ends_nobody() {
    let scene = Scene::new();
    let access = scene.refresh(0, 0).unwrap().issued.access_token;
    scene.clock.advance(SignedDuration::from_hours(2));
    scene.clock.set_reliable(false);
    assert!(matches!(scene.check(1, &access), Err(AuthError::Store(_))));
    assert!(matches!(scene.refresh(1, 1), Err(AuthError::Store(_))));
    scene.clock.advance(SignedDuration::from_hours(-2));
    scene.clock.set_reliable(true);
    scene.look();
    scene.check(1, &access).unwrap();
}

fn requester() -> Requester {
    Requester {
        hint: ActivityHint::default(),
        origin: request_origin(),
    }
}

#[test]
fn all_changes_are_urgent_but_an_account_that_nobody_knew() {
    let mut others = ChangeKind::ALL.iter().filter(|kind| !kind.is_urgent());
    assert_eq!(others.next(), Some(&ChangeKind::AccountCreated));
    assert_eq!(others.next(), None);
}
