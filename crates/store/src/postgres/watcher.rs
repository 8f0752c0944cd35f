//! Telling the listener what was committed, and measuring the database's clock.
//!
//! Own changes are told after their commit, before the answer. Others' are read from `changes`: when the database wakes the
//! connection that listens (at once, or 20 ms after the reading before), and in any case four times within `max_staleness`, since a wake-up may be
//! lost and a change may not.
//! Sequences are given in the order of commits ([`changes`]), so that reading what is behind the last one misses nothing.
//!
//! **The caveat**: the listener is told when a successful reading began; what was committed after that moment may not be told yet. While the database is not reached it is told nothing, and has to stop believing what it knows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use keyturn_core::model::Change;
use keyturn_core::ports::{ChangeListener, Clock};
use tokio::sync::{Mutex as Turn, Notify};
use tokio::time::Instant;
use tokio_postgres::Client;

use super::changes;
use super::connection::{Dedicated, Target};
use super::reader::Readers;
use super::rows::Fault;

/// Changes read at once.
const PAGE: u32 = 256;

/// The least time between two readings: changes that come one upon the other are read together. Less where `every` is less.
const APART: Duration = Duration::from_millis(20);

/// How often the database's clock is read.
const MEASURE_EVERY: Duration = Duration::from_secs(10);

/// An answer about the clock that took longer tells too little: what was measured before stays.
const SLOWEST: SignedDuration = SignedDuration::from_secs(1);

/// The least time between two tries to connect.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// The most.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Who hears of changes, and what it has heard.
pub(super) struct Teller {
    listener: Arc<dyn ChangeListener>,
    /// The history that the sequences belong to.
    history: Mutex<String>,
    /// The last sequence that was told. Whoever holds it reads and tells: in order, each change once.
    told: Turn<i64>,
}

impl Teller {
    /// Begins behind `newest` of this history: changes already there are not told.
    pub(super) fn new(listener: Arc<dyn ChangeListener>, history: &str, newest: i64) -> Self {
        listener.begins(history, newest);
        Self {
            listener,
            history: Mutex::new(history.to_owned()),
            told: Turn::new(newest),
        }
    }

    /// Looks which history this server has: one that was promoted or restored gives sequences again, for other changes. Those of a
    /// history that nobody here has heard of are told from its newest on, to who forgets what it knew before.
    async fn recognise(&self, target: &Target, client: &Client) -> Result<(), Fault> {
        let history = target.answer(changes::epoch(client)).await?;
        if *lock(&self.history) == history {
            return Ok(());
        }
        let mut told = self.told.lock().await;
        *told = target.answer(changes::newest(client)).await?;
        guarded(|| self.listener.begins(&history, *told));
        tracing::warn!(
            history,
            "another history of changes: what was known of sessions is forgotten"
        );
        *lock(&self.history) = history;
        Ok(())
    }

    /// Tells what this node has just committed, up to `newest`, and what others have committed before it. What can't be read now the
    /// watcher reads; until then the listener hears of no reading, and soon believes nothing that it knows.
    pub(super) async fn tell_own(&self, readers: &Readers, newest: i64) {
        let telling = async {
            let connection = readers.connection().await?;
            let mut told = self.told.lock().await;
            if *told < newest {
                self.tell_new(&connection, &mut told).await?;
            }
            Ok::<_, Fault>(())
        };
        if let Err(fault) = readers.target().answer(telling).await {
            tracing::error!(?fault, "own changes can't be read");
        }
    }

    /// Tells everything that is new, and since when that is known.
    async fn look(&self, target: &Target, client: &Client) -> Result<(), Fault> {
        let since = self.listener.looking();
        let looking = async {
            let mut told = self.told.lock().await;
            self.tell_new(client, &mut told).await
        };
        target.answer(looking).await?;
        guarded(|| self.listener.caught_up(since));
        Ok(())
    }

    async fn tell_new(&self, client: &Client, told: &mut i64) -> Result<(), Fault> {
        loop {
            let new = changes::read_after(client, *told, PAGE).await?;
            for change in &new {
                self.tell(change, told);
            }
            if new.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                return Ok(());
            }
        }
    }

    fn tell(&self, change: &Change, told: &mut i64) {
        // First: a listener that panics must not hear the same change for ever.
        *told = change.seq;
        guarded(|| self.listener.changed(change));
    }
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Outlives a listener that panics.
fn guarded(call: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(call)).is_err() {
        tracing::error!("a listener of changes panicked");
    }
}

/// How far the database's clock is from this node's.
#[derive(Debug, Clone, Copy)]
pub struct ClockOffset {
    /// To be added to this node's time to get the database's.
    pub offset: SignedDuration,
    /// How long the question took: the offset is right within half of it.
    pub round_trip: SignedDuration,
    /// When it was measured, by this node's clock.
    pub at: Timestamp,
    measured: Instant,
}

impl ClockOffset {
    /// How long ago it was measured.
    pub fn age(&self) -> Duration {
        self.measured.elapsed()
    }
}

/// The last measurement.
#[derive(Default)]
pub(super) struct Offset(Mutex<Option<ClockOffset>>);

impl Offset {
    pub(super) fn last(&self) -> Option<ClockOffset> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the database for its time.
    pub(super) async fn measure(
        &self,
        target: &Target,
        client: &Client,
        clock: &dyn Clock,
    ) -> Result<(), Fault> {
        let (asked, before) = (Instant::now(), clock.now());
        let row = target
            .answer(client.query_one("SELECT clock_timestamp()", &[]))
            .await?;
        let database: Timestamp = row.try_get(0)?;
        let round_trip = SignedDuration::try_from(asked.elapsed()).unwrap_or(SignedDuration::MAX);
        if round_trip > SLOWEST {
            tracing::warn!(%round_trip, "the database's clock was asked, and the answer took too long to tell the time by");
            return Ok(());
        }
        let middle = before.saturating_add(round_trip / 2).unwrap_or(Timestamp::MAX);
        let measured = ClockOffset {
            offset: database.duration_since(middle),
            round_trip,
            at: middle,
            measured: asked,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(measured);
        Ok(())
    }
}

/// What the task owns.
pub(super) struct Watcher {
    pub(super) target: Target,
    pub(super) teller: Option<Arc<Teller>>,
    pub(super) clock: Option<Arc<dyn Clock>>,
    pub(super) offset: Arc<Offset>,
    /// How often changes are read when nothing wakes the task.
    pub(super) every: Duration,
}

impl Watcher {
    /// For ever: the store ends the task with itself.
    pub(super) async fn work(self) {
        let (mut wait, never) = (FIRST_WAIT, Notify::new());
        loop {
            let wake = Arc::new(Notify::new());
            match self.target.connect(Some(Arc::clone(&wake))).await {
                Ok(connection) => {
                    let fault = self.watch(&connection, &wake, &mut wait).await;
                    tracing::warn!(?fault, "changes can't be read; the connection is made again");
                }
                Err(fault) => tracing::warn!(?fault, "the database is not reached; changes are not heard"),
            }
            drop(tokio::time::timeout(wait, never.notified()).await);
            wait = LONGEST_WAIT.min(wait * 2);
        }
    }

    /// Until the connection fails. A reading that succeeds sets `wait` back.
    async fn watch(&self, connection: &Dedicated, wake: &Notify, wait: &mut Duration) -> Fault {
        let client = &connection.client;
        let listen = format!("LISTEN {}", changes::CHANNEL);
        if let Err(fault) = self.target.answer(client.batch_execute(&listen)).await {
            return fault;
        }
        let (mut recognised, mut measured) = (Due::every(self.every), Due::every(MEASURE_EVERY));
        loop {
            let began = Instant::now();
            if let Err(fault) = self.look(client, &mut recognised, &mut measured).await {
                return fault;
            }
            *wait = FIRST_WAIT;
            drop(tokio::time::timeout(self.every, wake.notified()).await);
            tokio::time::sleep_until(began + APART.min(self.every)).await;
        }
    }

    async fn look(&self, client: &Client, recognised: &mut Due, measured: &mut Due) -> Result<(), Fault> {
        if let Some(teller) = &self.teller {
            // Not with a new connection alone: a restore in one transaction takes the table away under one that lasts.
            if recognised.is_now() {
                teller.recognise(&self.target, client).await?;
            }
            teller.look(&self.target, client).await?;
        }
        if let Some(clock) = &self.clock
            && measured.is_now()
        {
            self.offset.measure(&self.target, client, &**clock).await?;
        }
        Ok(())
    }
}

/// What is done at most once in a time, and at once the first time.
struct Due {
    every: Duration,
    last: Option<Instant>,
}

impl Due {
    fn every(every: Duration) -> Self {
        Self { every, last: None }
    }

    /// Whether it is time: then it counts as done.
    fn is_now(&mut self) -> bool {
        let due = self.last.is_none_or(|last| last.elapsed() >= self.every);
        if due {
            self.last = Some(Instant::now());
        }
        due
    }
}
