//! Keeps the tasks in order: those of deleted accounts go as soon as that is heard, deleted ones when their time is over.
//!
//! **The caveat**: what fails is tried again. Nothing that people see depends on it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use keyturn_core::ports::Clock;
use keyturn_tasks::{Departures, Tasks};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::departures::Departing;

/// How often the clock is looked at, and what failed is tried again.
const LOOK: Duration = Duration::from_secs(1);

/// How often it is noted up to where nobody has gone, so that a restart has little to read.
const NOTE: SignedDuration = SignedDuration::from_mins(5);

/// What it needs.
pub(crate) struct TaskUpkeep {
    pub(crate) tasks: Tasks,
    pub(crate) departures: Departures,
    pub(crate) departing: Arc<Departing>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How often to sweep.
    pub(crate) every: SignedDuration,
}

/// Works until `stop` turns true.
pub(crate) fn start(upkeep: TaskUpkeep, mut stop: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        tokio::select! {
            () = upkeep.work() => {}
            _stopped = stop.wait_for(|stop| *stop) => {}
        }
    })
}

impl TaskUpkeep {
    async fn work(&self) {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut sweep_from, mut note_from) = (self.clock.now(), self.clock.now());
        let mut behind = true;
        loop {
            let woken = tokio::select! {
                _tick = look.tick() => false,
                () = self.departing.wake.notified() => true,
            };
            let now = self.clock.now();
            if woken || behind || is_due(note_from, now) {
                behind = !self.let_go(now).await;
                note_from = later(now, NOTE);
            }
            if is_due(sweep_from, now) {
                self.sweep().await;
                sweep_from = later(now, self.every);
            }
        }
    }

    /// Answers whether all is done.
    async fn let_go(&self, now: Timestamp) -> bool {
        match self.departures.catch_up(now).await {
            Ok(0) => true,
            Ok(tasks) => {
                tracing::info!(tasks, "tasks that went with their accounts: {tasks}");
                true
            }
            Err(error) => {
                tracing::warn!(%error, "tasks of deleted accounts wait to be removed: {error}");
                false
            }
        }
    }

    async fn sweep(&self) {
        match self.tasks.sweep().await {
            Ok(0) => {}
            Ok(tasks) => tracing::debug!(tasks, "deleted tasks that were swept: {tasks}"),
            Err(error) => tracing::warn!(%error, "deleted tasks could not be swept: {error}"),
        }
    }
}

fn is_due(from: Timestamp, now: Timestamp) -> bool {
    // A clock that was set back must not put it off for long.
    now >= from || from.duration_since(now) > SignedDuration::from_hours(24 * 14)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}
