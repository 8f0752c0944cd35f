//! What the process knows beside its store: the view of live sessions and the buffer of activity.

use std::sync::Arc;

use futures::executor::block_on;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::activity::{ActivityBuffer, is_urgent};
use keyturn_core::model::{AccountState, Delivery, EndReason, Session};
use keyturn_core::ports::{ChangeListener, Clock, Family, NoteActivity, SessionStore, UserStore};
use keyturn_core::view::SessionView;
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::fixtures::World;
use keyturn_testkit::mem_store::MemStore;

struct Scene {
    world: World,
    store: MemStore,
    clock: Arc<ManualClock>,
    view: Arc<SessionView>,
}

impl Scene {
    fn new() -> Self {
        let (world, store, clock) = (World::new(3), MemStore::new(), Arc::new(ManualClock::new()));
        let view = Arc::new(SessionView::new(clock.clone(), SignedDuration::from_secs(1), 64));
        store.listen(view.clone());
        Self {
            world,
            store,
            clock,
            view,
        }
    }

    fn family(&self, name: &str) -> Family {
        let account = block_on(self.world.sign_up(&self.store, name)).account;
        let session = block_on(self.world.sign_in(&self.store, &account, Delivery::Body));
        Family {
            session,
            account: account.into(),
        }
    }

    fn keep(&self, family: &Family) {
        self.view.keep(self.view.reading(self.now()), family.clone());
    }

    fn knows(&self, session: &Session) -> bool {
        self.view.find(session.id, self.now()).is_some()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

#[test]
fn i5_an_end_is_forgotten_before_it_is_acknowledged() {
    let scene = Scene::new();
    let (ann, bob) = (scene.family("ann"), scene.family("bob"));
    scene.keep(&ann);
    scene.keep(&bob);
    block_on(scene.store.end_session(
        scene.world.ending(&ann.session, EndReason::SignedOut),
        scene.now(),
    ))
    .unwrap();
    assert!(!scene.knows(&ann.session) && scene.knows(&bob.session));
    let suspend = scene
        .world
        .state_change(bob.account.id, AccountState::Active, AccountState::Suspended);
    block_on(scene.store.set_state(suspend, scene.now())).unwrap();
    assert!(!scene.knows(&bob.session));
}

#[test]
fn i5_a_reading_from_before_an_end_is_not_kept_after_it() {
    let scene = Scene::new();
    let ann = scene.family("ann");
    let reading = scene.view.reading(scene.now());
    block_on(
        scene
            .store
            .end_session(scene.world.ending(&ann.session, EndReason::Admin), scene.now()),
    )
    .unwrap();
    scene.view.keep(reading, ann.clone());
    assert!(!scene.knows(&ann.session));
}

#[test]
fn i5_memory_is_not_believed_when_the_store_has_been_silent_for_too_long() {
    let scene = Scene::new();
    let ann = scene.family("ann");
    scene.keep(&ann);
    scene.store.set_down(true);
    scene.clock.advance(SignedDuration::from_secs(1));
    assert!(scene.knows(&ann.session), "within a second");
    scene.clock.advance(SignedDuration::from_micros(1));
    assert!(!scene.knows(&ann.session));
    scene.store.set_down(false);
    block_on(scene.store.find_session(ann.session.id)).unwrap();
    assert!(scene.knows(&ann.session));
}

/// What is acknowledged while a look is under way may be missing from it, so that the look vouches for what was before it.
#[test]
fn i5_a_slow_look_is_believed_from_its_beginning() {
    let scene = Scene::new();
    let ann = scene.family("ann");
    scene.keep(&ann);
    let since = scene.view.looking();
    scene.clock.advance(SignedDuration::from_millis(900));
    scene.view.caught_up(since);
    scene.clock.advance(SignedDuration::from_millis(100));
    assert!(scene.knows(&ann.session));
    scene.clock.advance(SignedDuration::from_micros(1));
    assert!(!scene.knows(&ann.session));
}

#[test]
fn i5_a_clock_that_was_set_back_makes_no_silence_short() {
    let scene = Scene::new();
    let ann = scene.family("ann");
    scene.keep(&ann);
    scene.clock.advance(SignedDuration::from_mins(-10));
    scene.keep(&ann);
    assert!(
        !scene.knows(&ann.session),
        "ten minutes of silence would be believed"
    );
    block_on(scene.store.find_session(ann.session.id)).unwrap();
    assert!(scene.knows(&ann.session));
}

#[test]
fn i5_how_a_session_stands_is_noted_unless_something_was_forgotten_meanwhile() {
    let scene = Scene::new();
    let (ann, bob) = (scene.family("ann"), scene.family("bob"));
    let reading = scene.view.reading(scene.now());
    let mut progress = ann.session.progress();
    progress.head.generation = 1;
    assert!(!scene.view.note(reading, ann.session.id, progress), "unknown");
    scene.keep(&ann);
    assert!(scene.view.note(reading, ann.session.id, progress));
    let (noted, _) = scene.view.find(ann.session.id, scene.now()).unwrap();
    assert_eq!(noted.session, ann.session.clone().advanced(progress));
    let end = scene.world.ending(&bob.session, EndReason::SignedOut);
    block_on(scene.store.end_session(end, scene.now())).unwrap();
    assert!(scene.view.note(reading, ann.session.id, progress));
    assert!(!scene.knows(&ann.session), "it might have been ann's that ended");
}

#[test]
fn what_was_read_long_ago_is_read_again() {
    let scene = Scene::new();
    let ann = scene.family("ann");
    scene.keep(&ann);
    scene.clock.advance(SignedDuration::from_secs(31));
    block_on(scene.store.find_session(ann.session.id)).unwrap();
    assert!(!scene.knows(&ann.session));
}

#[test]
fn the_view_is_bounded() {
    let scene = Scene::new();
    let ann = scene.family("ann");
    for _ in 0..1_000 {
        let (session, _) = scene.world.new_session(&ann.account, Delivery::Body);
        scene.keep(&Family {
            session,
            account: ann.account.clone(),
        });
    }
    assert!(scene.view.len() <= 64, "{}", scene.view.len());
}

fn note(session: &Session, activity: Option<Timestamp>, seen_generation: u32) -> NoteActivity {
    NoteActivity {
        session_id: session.id,
        activity,
        seen_generation,
    }
}

#[test]
fn activity_is_laid_over_by_the_latest_and_never_past_the_head() {
    let scene = Scene::new();
    let mut session = scene.family("ann").session;
    session.head.generation = 3;
    let buffer = ActivityBuffer::default();
    let at = |seconds| session.started_at + SignedDuration::from_secs(seconds);
    for (activity, seen) in [(Some(at(20)), 1), (Some(at(10)), 9), (None, 2)] {
        buffer.note(&note(&session, activity, seen));
    }
    let mut seen = session.clone();
    buffer.lay_over(&mut seen);
    assert_eq!((seen.last_activity_at, seen.seen_generation), (at(20), 3));
    assert_eq!(buffer.len(), 1);
}

#[test]
fn what_is_being_written_still_counts_and_what_failed_is_written_again() {
    let scene = Scene::new();
    let session = scene.family("ann").session;
    let buffer = ActivityBuffer::default();
    let later = session.started_at + SignedDuration::from_secs(5);
    buffer.note(&note(&session, Some(later), 0));
    let laid_over = |buffer: &ActivityBuffer| {
        let mut session = session.clone();
        buffer.lay_over(&mut session);
        session.last_activity_at
    };
    let taken = buffer.take();
    assert_eq!((taken.len(), laid_over(&buffer)), (1, later));
    assert_eq!(buffer.take().len(), 1, "a flush that was cut off loses nothing");
    buffer.written(taken);
    assert_eq!(laid_over(&buffer), later);
    assert_eq!(buffer.take().len(), 1);
    buffer.written([]);
    assert!(buffer.is_empty());
    assert_eq!(laid_over(&buffer), session.last_activity_at);
}

#[test]
fn near_the_stored_idle_end_activity_is_written_at_once() {
    let scene = Scene::new();
    let session = scene.family("ann").session;
    let at = |seconds: i64| session.idle_ends_at() - SignedDuration::from_secs(seconds);
    assert!(!is_urgent(&session, at(61)));
    assert!(is_urgent(&session, at(60)));
    assert!(is_urgent(&session, at(1)));
}
