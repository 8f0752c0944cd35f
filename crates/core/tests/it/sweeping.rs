//! A sweep, from end to end, on the store in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::executor::block_on;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::model::{AuditActor, AuditKind, Delivery, EndReason, Origin, Session, SessionId};
use keyturn_core::ports::{AuditStore, ChangeStore, NoteActivity, SessionStore};
use keyturn_core::service::{RetentionPolicy, Sweep, SweptKind};
use keyturn_testkit::fixtures::World;
use keyturn_testkit::mem_store::{MemStore, StoreFault};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

struct House {
    store: Arc<MemStore>,
    world: World,
}

impl House {
    fn new() -> Self {
        Self {
            store: Arc::new(MemStore::new()),
            world: World::new(3),
        }
    }

    fn sign_in(&self, name: &str) -> Session {
        block_on(async {
            let user = self.world.sign_up(&*self.store, name).await;
            self.world
                .sign_in(&*self.store, &user.account, Delivery::Body)
                .await
        })
    }

    fn begin(&self, unless_finished_after: Option<Timestamp>) -> Option<Sweep> {
        let begun = Sweep::begin(
            self.store.clone(),
            RetentionPolicy::default(),
            Origin::SWEEP,
            &self.world.entropy,
            unless_finished_after,
            self.world.now(),
        );
        block_on(begun).unwrap()
    }

    /// Sweeps now, from end to end.
    fn sweep(&self) -> BTreeMap<SweptKind, u64> {
        let mut sweep = self.begin(None).unwrap();
        let mut swept = BTreeMap::new();
        while let Some(step) = block_on(sweep.step(self.world.now())).unwrap() {
            *swept.entry(step.kind).or_default() += step.rows;
        }
        swept
    }

    fn find(&self, id: SessionId) -> Option<Session> {
        let family = block_on(self.store.find_session(id)).unwrap();
        family.map(|family| family.session)
    }
}

#[test]
fn r1_6_an_end_that_nobody_noticed_is_recorded_as_of_when_it_was_due() {
    let house = House::new();
    let session = house.sign_in("ann");
    house.world.pass(61 * MINUTE);
    assert_eq!(house.sweep()[&SweptKind::OverdueSessions], 0, "not settled yet");
    house.world.pass(MINUTE);
    assert_eq!(house.sweep()[&SweptKind::OverdueSessions], 1);
    assert_eq!(house.sweep()[&SweptKind::OverdueSessions], 0, "once");
    let ended = house.find(session.id).unwrap().ended.unwrap();
    assert_eq!(
        (ended.at, ended.reason),
        (session.idle_ends_at(), EndReason::Idle)
    );
    let events = block_on(house.store.session_audit(session.id, 10)).unwrap();
    let last = events.last().unwrap();
    assert_eq!(last.kind, AuditKind::SessionEnded);
    assert_eq!(last.origin.actor, AuditActor::Sweep);
    assert_eq!(last.at, house.world.now());
}

#[test]
fn r1_6_a_session_in_use_is_left_alone_up_to_its_absolute_end() {
    let house = House::new();
    let session = house.sign_in("ann");
    let week = session.ends_at.duration_since(session.started_at).as_secs();
    for _ in 0..week / (30 * MINUTE) - 1 {
        let now = house.world.pass(30 * MINUTE);
        let note = NoteActivity {
            session_id: session.id,
            activity: Some(now),
            seen_generation: 0,
        };
        block_on(house.store.note_activity(note, now)).unwrap();
    }
    assert_eq!(house.sweep()[&SweptKind::OverdueSessions], 0);
    house.world.pass(33 * MINUTE);
    assert_eq!(house.sweep()[&SweptKind::OverdueSessions], 1);
    let ended = house.find(session.id).unwrap().ended.unwrap();
    assert_eq!(
        (ended.at, ended.reason),
        (session.ends_at, EndReason::AbsoluteEnd)
    );
}

#[test]
fn what_is_kept_long_enough_goes_and_what_is_younger_stays() {
    let house = House::new();
    let first = house.sign_in("ann");
    house.world.pass(63 * MINUTE);
    house.sweep();
    let due = first.idle_ends_at();
    let until = |days: i64| due + SignedDuration::from_secs(days * DAY);
    let travel = |to: Timestamp| {
        house.world.clock.advance(to.duration_since(house.world.now()));
    };
    travel(until(30) - SignedDuration::from_micros(1));
    let swept = house.sweep();
    assert_eq!(swept[&SweptKind::EndedSessions], 0);
    assert!(house.find(first.id).is_some());
    assert!(swept[&SweptKind::Changes] > 0, "those of a week ago");
    travel(until(30));
    assert_eq!(house.sweep()[&SweptKind::EndedSessions], 1);
    assert_eq!(house.find(first.id), None);
    let events = block_on(house.store.session_audit(first.id, 10)).unwrap();
    assert_eq!(events.len(), 2, "the audit log is kept for longer");
    travel(until(366));
    assert_eq!(house.sweep()[&SweptKind::AuditEvents], 3);
    assert_eq!(block_on(house.store.changes_after(0, 10)).unwrap().len(), 1);
}

#[test]
fn a_thousand_rows_are_swept_in_many_steps() {
    let house = House::new();
    for number in 0..1000 {
        house.sign_in(&format!("user{number}"));
    }
    house.world.pass(2 * 60 * MINUTE);
    let mut sweep = house.begin(None).unwrap();
    let mut steps = Vec::new();
    while let Some(step) = block_on(sweep.step(house.world.now())).unwrap() {
        assert!(step.rows <= 200, "{step:?}");
        steps.push(step.kind);
    }
    let of = |kind| steps.iter().filter(|step| **step == kind).count();
    assert_eq!(of(SweptKind::OverdueSessions), 6);
    let all = SweptKind::ALL;
    assert!(
        all.iter().all(|kind| of(*kind) > 0) && steps.is_sorted(),
        "{steps:?}"
    );
    house.world.pass(31 * DAY);
    assert_eq!(house.sweep()[&SweptKind::EndedSessions], 1000);
}

#[test]
fn one_sweeps_at_a_time_and_whoever_dies_at_it_is_followed() {
    let house = House::new();
    let mut first = house.begin(None).unwrap();
    assert!(house.begin(None).is_none(), "somebody is at it");
    block_on(first.step(house.world.now())).unwrap().unwrap();
    house.world.pass(5 * MINUTE);
    let mut second = house.begin(None).unwrap();
    let stopped = block_on(first.step(house.world.now())).unwrap();
    assert_eq!(stopped, None, "the turn is another's");
    while block_on(second.step(house.world.now())).unwrap().is_some() {}
    let finished = house.world.now();
    assert!(
        house
            .begin(Some(finished - SignedDuration::from_secs(1)))
            .is_none()
    );
    assert!(house.begin(Some(finished)).is_some());
}

#[test]
fn a_long_sweep_keeps_its_turn() {
    let house = House::new();
    let mut sweep = house.begin(None).unwrap();
    let mut steps = 0;
    while block_on(sweep.step(house.world.pass(4 * MINUTE)))
        .unwrap()
        .is_some()
    {
        assert!(house.begin(None).is_none());
        steps += 1;
    }
    assert_eq!(steps, SweptKind::ALL.len());
}

#[test]
fn a_step_that_failed_is_made_again() {
    let house = House::new();
    let session = house.sign_in("ann");
    house.world.pass(2 * 60 * MINUTE);
    let mut sweep = house.begin(None).unwrap();
    house.store.fail_next(StoreFault::Unavailable);
    assert!(block_on(sweep.step(house.world.now())).is_err());
    let step = block_on(sweep.step(house.world.now())).unwrap().unwrap();
    assert_eq!((step.kind, step.rows), (SweptKind::OverdueSessions, 1));
    assert!(house.find(session.id).unwrap().ended.is_some());
}
