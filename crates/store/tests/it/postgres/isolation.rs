//! Each pair of effects that can race, with two real connections: the first stands still with its locks held, the second is seen to wait
//! for it (the server says who waits), then the first goes on.
//!
//! An effect that writes changes stands still where the test holds their lock: everything else of it is done by then.

use futures::future::join_all;
use keyturn_core::model::{
    Account, AccountState, Change, ChangeKind, Delivery, EndReason, Session, SessionId,
};
use keyturn_core::ports::{
    ChangeStore, Effect, EndAllSessions, EndCondition, EndOutcome, EndSession, SessionStore, StartSession,
    UserStore,
};
use keyturn_store::PostgresStore;
use keyturn_testkit::fixtures::{World, request_origin};
use tokio_postgres::Client;

use super::Place;
use crate::block_on;
use crate::two_processes::{PATIENCE, ear};

/// The lock of `changes`, as the store takes it.
const CHANGES: &str = "pg_advisory_xact_lock(1801812340, 1)";

/// Two nodes, a person with a session, and a transaction of the test's own.
pub(super) struct Stage {
    place: Place,
    pub(super) world: World,
    pub(super) one: PostgresStore,
    pub(super) two: PostgresStore,
    pub(super) ann: Account,
    pub(super) session: Session,
    held: Client,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let (place, world) = (Place::new().await, World::new(41));
        let (one, two) = (place.open().await, place.open().await);
        let ann = world.sign_up(&one, "ann").await.account;
        let session = world.sign_in(&one, &ann, Delivery::Body).await;
        let held = place.raw().await;
        Self {
            place,
            world,
            one,
            two,
            ann,
            session,
            held,
        }
    }

    /// Begins the test's own transaction with this statement.
    pub(super) async fn hold(&self, sql: &str) {
        self.held.batch_execute(&format!("BEGIN; {sql}")).await.unwrap();
    }

    pub(super) async fn hold_changes(&self) {
        self.hold(&format!("SELECT {CHANGES}")).await;
    }

    pub(super) async fn release(&self) {
        self.held.batch_execute("COMMIT").await.unwrap();
    }

    /// Returns once so many connections wait for a lock.
    pub(super) async fn until_blocked(&self, count: i64) {
        const SQL: &str = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let watch = self.place.raw().await;
        while watch.query_one(SQL, &[]).await.unwrap().get::<_, i64>(0) < count {}
    }

    /// A sign-in that takes the place of the session, and so writes a change.
    pub(super) fn sign_in(&self) -> StartSession {
        StartSession {
            replaces: Some(self.session.id),
            ..self
                .world
                .start(self.world.new_session(&self.ann, Delivery::Body).0)
        }
    }

    pub(super) async fn reason(&self, id: SessionId) -> Option<EndReason> {
        let family = self.one.find_session(id).await.unwrap();
        family.unwrap().session.ended.map(|end| end.reason)
    }

    fn sign_out_everywhere(&self) -> EndAllSessions {
        EndAllSessions {
            user_id: self.ann.id,
            keep: None,
            reason: EndReason::SignedOutElsewhere,
            origin: request_origin(),
        }
    }
}

/// Starts one effect, waits until it stands still, starts the other, waits until it does too, and lets both go.
macro_rules! race {
    ($stage:expr, $first:expr, $second:expr) => {{
        let stage = &$stage;
        let sequence = async {
            stage.until_blocked(1).await;
            let second = $second;
            let release = async {
                stage.until_blocked(2).await;
                stage.release().await;
            };
            futures::join!(second, release).0
        };
        futures::join!($first, sequence)
    }};
}

pub(super) use race;

#[test]
fn r1_3_a_suspension_before_a_sign_in() {
    block_on(async {
        let stage = Stage::new().await;
        let now = stage.world.now();
        let suspend = stage
            .world
            .state_change(stage.ann.id, AccountState::Active, AccountState::Suspended);
        let start = stage.sign_in();
        let id = start.session.id;
        stage.hold_changes().await;
        let (suspended, started) = race!(
            stage,
            stage.one.set_state(suspend, now),
            stage.two.start_session(start, now)
        );
        assert!(matches!(suspended.unwrap(), Effect::Won(_)));
        assert_eq!(started.unwrap(), Effect::Lost);
        assert!(stage.one.find_session(id).await.unwrap().is_none());
        assert_eq!(
            stage.reason(stage.session.id).await,
            Some(EndReason::AccountState)
        );
    });
}

#[test]
fn r1_3_a_sign_in_before_a_suspension() {
    block_on(async {
        let stage = Stage::new().await;
        let now = stage.world.now();
        let suspend = stage
            .world
            .state_change(stage.ann.id, AccountState::Active, AccountState::Suspended);
        let start = stage.sign_in();
        let id = start.session.id;
        stage.hold_changes().await;
        let (started, suspended) = race!(
            stage,
            stage.one.start_session(start, now),
            stage.two.set_state(suspend, now)
        );
        assert_eq!(started.unwrap(), Effect::Won(()));
        assert!(matches!(suspended.unwrap(), Effect::Won(_)));
        assert_eq!(stage.reason(id).await, Some(EndReason::AccountState));
    });
}

#[test]
fn a_sign_out_everywhere_before_a_sign_in_and_after_it() {
    block_on(async {
        let stage = Stage::new().await;
        let now = stage.world.now();
        let start = stage.sign_in();
        let id = start.session.id;
        stage.hold_changes().await;
        let (started, signed_out) = race!(
            stage,
            stage.one.start_session(start, now),
            stage.two.end_all_sessions(stage.sign_out_everywhere(), now)
        );
        assert_eq!(started.unwrap(), Effect::Won(()));
        assert_eq!(signed_out.unwrap(), Effect::Won(1));
        assert_eq!(stage.reason(id).await, Some(EndReason::SignedOutElsewhere));
    });
    block_on(async {
        let stage = Stage::new().await;
        let now = stage.world.now();
        let start = stage.sign_in();
        stage.hold_changes().await;
        let (signed_out, started) = race!(
            stage,
            stage.one.end_all_sessions(stage.sign_out_everywhere(), now),
            stage.two.start_session(start, now)
        );
        assert_eq!(signed_out.unwrap(), Effect::Won(1));
        assert_eq!(started.unwrap(), Effect::Lost, "its epoch is the one before");
    });
}

#[test]
fn i5_a_sign_out_before_a_refresh() {
    block_on(async {
        let stage = Stage::new().await;
        let now = stage.world.now();
        let end = stage.world.ending(&stage.session, EndReason::SignedOut);
        let rotate = stage.world.rotation(&stage.session);
        stage.hold_changes().await;
        let (ended, rotated) = race!(
            stage,
            stage.one.end_session(end, now),
            stage.two.rotate(rotate, now)
        );
        assert_eq!(ended.unwrap(), EndOutcome::Ended);
        assert_eq!(rotated.unwrap(), Effect::Lost);
    });
}

/// A refresh that is about to commit, as another node's would be.
pub(super) const REFRESH: &str = "UPDATE sessions SET generation = generation + 1";

#[test]
fn a_refresh_before_a_sign_out_and_before_an_end_for_reuse() {
    for (for_reuse, expected) in [(false, EndOutcome::Ended), (true, EndOutcome::Lost)] {
        block_on(async {
            let stage = Stage::new().await;
            let condition = if for_reuse {
                EndCondition::Head(stage.session.head)
            } else {
                EndCondition::Live
            };
            let end = EndSession {
                condition,
                ..stage.world.ending(&stage.session, EndReason::TokenReuse)
            };
            stage.hold(REFRESH).await;
            let release = async {
                stage.until_blocked(1).await;
                stage.release().await;
            };
            let (ended, ()) = futures::join!(stage.one.end_session(end, stage.world.now()), release);
            assert_eq!(ended.unwrap(), expected);
        });
    }
}

#[test]
fn r1_5_a_refresh_before_a_refresh() {
    for (undone, expected) in [("COMMIT", false), ("ROLLBACK", true)] {
        block_on(async {
            let stage = Stage::new().await;
            stage.hold(REFRESH).await;
            let release = async {
                stage.until_blocked(1).await;
                stage.held.batch_execute(undone).await.unwrap();
            };
            let rotate = stage.world.rotation(&stage.session);
            let (rotated, ()) = futures::join!(stage.one.rotate(rotate, stage.world.now()), release);
            assert_eq!(matches!(rotated.unwrap(), Effect::Won(_)), expected, "{undone}");
        });
    }
}

#[test]
fn r1_5_of_two_nodes_refreshes_that_wait_for_the_same_row_one_wins() {
    block_on(async {
        let stage = Stage::new().await;
        let now = stage.world.now();
        stage.hold("SELECT 1 FROM sessions FOR UPDATE").await;
        let release = async {
            stage.until_blocked(2).await;
            stage.release().await;
        };
        let (one, two, ()) = futures::join!(
            stage.one.rotate(stage.world.rotation(&stage.session), now),
            stage.two.rotate(stage.world.rotation(&stage.session), now),
            release
        );
        let won = [one, two].map(|answer| matches!(answer.unwrap(), Effect::Won(_)));
        assert_eq!(won.iter().filter(|won| **won).count(), 1);
    });
}

#[test]
fn a_row_that_somebody_holds_keeps_no_other_command_waiting() {
    block_on(async {
        let stage = Stage::new().await;
        let now = stage.world.now();
        let others =
            join_all((0..8).map(|_| stage.world.sign_in(&stage.one, &stage.ann, Delivery::Body))).await;
        let hold = format!(
            "SELECT 1 FROM sessions WHERE id = '{}' FOR UPDATE",
            stage.session.id
        );
        stage.hold(&hold).await;
        let mut blocked = Box::pin(stage.one.rotate(stage.world.rotation(&stage.session), now));
        assert!(futures::poll!(&mut blocked).is_pending());
        let rotations = others
            .iter()
            .map(|session| stage.one.rotate(stage.world.rotation(session), now));
        for rotated in join_all(rotations).await {
            assert!(matches!(rotated.unwrap(), Effect::Won(_)));
        }
        assert!(futures::poll!(&mut blocked).is_pending());
        stage.release().await;
        assert!(matches!(blocked.await.unwrap(), Effect::Won(_)));
    });
}

#[test]
fn two_nodes_batches_over_the_same_rows_wait_in_no_circle() {
    block_on(async {
        let stage = Stage::new().await;
        let mut sessions = Vec::new();
        for _ in 0..24 {
            sessions.push(stage.world.sign_in(&stage.one, &stage.ann, Delivery::Body).await);
        }
        for _ in 0..10 {
            let now = stage.world.pass(1);
            let forwards = sessions
                .iter()
                .map(|session| stage.one.rotate(stage.world.rotation(session), now));
            let backwards = sessions
                .iter()
                .rev()
                .map(|session| stage.two.rotate(stage.world.rotation(session), now));
            let (by_one, mut by_two) = futures::join!(join_all(forwards), join_all(backwards));
            by_two.reverse();
            let pairs = by_one.into_iter().zip(by_two).zip(sessions);
            sessions = pairs
                .map(|((one, two), session)| match (one.unwrap(), two.unwrap()) {
                    (Effect::Won(progress), Effect::Lost) | (Effect::Lost, Effect::Won(progress)) => {
                        session.advanced(progress)
                    }
                    both => panic!("one of the two wins: {both:?}"),
                })
                .collect();
        }
        assert!(sessions.iter().all(|session| session.head.generation == 10));
    });
}

#[test]
fn the_order_of_sequences_is_the_order_of_commits() {
    block_on(async {
        let stage = Stage::new().await;
        let (listener, heard) = ear();
        let listening = stage.place.open_with(listener).await;
        // Another node has written its change and is about to commit.
        let early = "INSERT INTO changes (at, kind, id) VALUES (now(), 'account.created', gen_random_uuid())";
        stage.hold(&format!("SELECT {CHANGES}; {early}")).await;
        let mut end = Box::pin(stage.one.end_session(
            stage.world.ending(&stage.session, EndReason::SignedOut),
            stage.world.now(),
        ));
        let blocked = async {
            assert!(futures::poll!(&mut end).is_pending());
            stage.until_blocked(1).await;
        };
        blocked.await;
        assert!(heard.try_recv().is_err(), "neither is committed");
        stage.release().await;
        assert_eq!(end.await.unwrap(), EndOutcome::Ended);
        let told = hear(heard, 2).await;
        assert!(told.is_sorted_by(|before, after| before.seq < after.seq));
        let kinds: Vec<_> = told.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [ChangeKind::AccountCreated, ChangeKind::SessionEnded]);
        assert!(listening.changes_after(0, 100).await.unwrap().ends_with(&told));
    });
}

/// So many changes, waited for on another thread: the store's tasks go on meanwhile.
pub(super) async fn hear(heard: std::sync::mpsc::Receiver<Change>, count: usize) -> Vec<Change> {
    let hearing = tokio::task::spawn_blocking(move || {
        (0..count)
            .map(|_| heard.recv_timeout(PATIENCE).unwrap())
            .collect()
    });
    hearing.await.unwrap()
}

#[test]
fn a_transaction_that_the_engine_gives_up_is_run_again() {
    block_on(async {
        let stage = Stage::new().await;
        // Where transactions are serialisable, whoever meets a newer row is refused with 40001.
        let strict = "ALTER DATABASE {} SET default_transaction_isolation = 'serializable'";
        let strict = strict.replace("{}", stage.place.0.name());
        stage.held.batch_execute(&strict).await.unwrap();
        let node = stage.place.open().await;
        stage.hold("UPDATE users SET updated_at = updated_at").await;
        let release = async {
            stage.until_blocked(1).await;
            stage.release().await;
        };
        let end = stage.sign_out_everywhere();
        let (ended, ()) = futures::join!(node.end_all_sessions(end, stage.world.now()), release);
        assert_eq!(ended.unwrap(), Effect::Won(1));
    });
}
