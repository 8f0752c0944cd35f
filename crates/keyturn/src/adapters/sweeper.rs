//! Sweeps now and then, in small steps that give way to everybody else's writes.
//!
//! **The rule**: after each step it waits nine times as long as the step took, so that it has at most a tenth of the writer. When it sweeps
//! is a matter of the clock that was passed in, moved by chance, so that nodes that were started together do not come together.
//!
//! **The caveat**: what is swept late harms nobody. A sweep that fails is begun again at the next turn.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use keyturn_core::model::Origin;
use keyturn_core::ports::{Clock, Entropy, Store, StoreError};
use keyturn_core::service::{RetentionPolicy, Sweep, SweptKind};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::metrics::SweepMetrics;

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The part of its time in which a sweep works is one in this many.
const SHARE: u32 = 10;

/// What the pause between two steps is at least.
const LEAST_PAUSE: Duration = Duration::from_millis(5);

/// What a sweep needs.
#[derive(Clone)]
pub(crate) struct Sweeper {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) policy: RetentionPolicy,
    pub(crate) origin: Origin,
}

/// To how many rows a sweep did what.
pub(crate) type Tally = BTreeMap<SweptKind, u64>;

impl Sweeper {
    /// Sweeps once, from end to end. `None`: somebody else is at it, or was after `unless_finished_after`.
    pub(crate) async fn sweep(
        &self,
        unless_finished_after: Option<Timestamp>,
        metrics: &SweepMetrics,
    ) -> Result<Option<Tally>, StoreError> {
        let begun = Sweep::begin(
            self.store.clone(),
            self.policy,
            self.origin.clone(),
            self.entropy.as_ref(),
            unless_finished_after,
            self.clock.now(),
        );
        let Some(mut sweep) = begun.await? else {
            return Ok(None);
        };
        let mut tally: Tally = SweptKind::ALL.iter().map(|kind| (*kind, 0)).collect();
        loop {
            let began = Instant::now();
            let Some(swept) = sweep.step(self.clock.now()).await? else {
                return Ok(Some(tally));
            };
            *tally.entry(swept.kind).or_default() += swept.rows;
            metrics.swept(swept);
            tokio::time::sleep_until(Instant::now() + pause(began.elapsed())).await;
        }
    }

    /// A time from half of `every` to half as much again.
    fn about(&self, every: SignedDuration) -> SignedDuration {
        let mut random = [0; 2];
        self.entropy.fill(&mut random);
        jittered(every, u16::from_be_bytes(random))
    }
}

/// Sweeps until `stop` turns true.
pub(crate) fn start(
    sweeper: Sweeper,
    every: SignedDuration,
    metrics: SweepMetrics,
    mut stop: watch::Receiver<bool>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let work = sweep_for_ever(sweeper, every, metrics);
        tokio::select! {
            () = work => {}
            _stopped = stop.wait_for(|stop| *stop) => {}
        }
    })
}

async fn sweep_for_ever(sweeper: Sweeper, every: SignedDuration, metrics: SweepMetrics) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut due = later(sweeper.clock.now(), sweeper.about(every));
    loop {
        look.tick().await;
        let now = sweeper.clock.now();
        // A clock that was set back must not put it off for long.
        let is_far_off = due.duration_since(now) > every.saturating_mul(2);
        if (now < due && !is_far_off) || !sweeper.clock.is_reliable() {
            continue;
        }
        sweep_in_turn(&sweeper, later(now, -every / 4), &metrics).await;
        due = later(now, sweeper.about(every));
    }
}

async fn sweep_in_turn(sweeper: &Sweeper, unless_finished_after: Timestamp, metrics: &SweepMetrics) {
    match sweeper.sweep(Some(unless_finished_after), metrics).await {
        Ok(Some(tally)) => {
            let rows: u64 = tally.values().sum();
            tracing::debug!(rows, "swept {rows} rows");
            metrics.finished();
        }
        Ok(None) => tracing::debug!("another process sweeps, or has just done so"),
        Err(error) => {
            metrics.failed();
            tracing::warn!(%error, "a sweep stopped half-way, the next one goes on: {error}");
        }
    }
}

/// How long to wait after a step that took so long.
fn pause(took: Duration) -> Duration {
    took.saturating_mul(SHARE - 1).max(LEAST_PAUSE)
}

/// From half of `every` to half as much again, by chance.
fn jittered(every: SignedDuration, chance: u16) -> SignedDuration {
    let parts = i32::from(u16::MAX);
    every / 2 + (every / parts).saturating_mul(i32::from(chance))
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_works_a_tenth_of_its_time() {
        for (took, pauses) in [(0, 5), (100, 5), (1_000, 9), (50_000, 450)] {
            let pause = pause(Duration::from_micros(took));
            assert_eq!(pause, Duration::from_millis(pauses), "{took} µs");
        }
    }

    #[test]
    fn a_turn_comes_half_an_interval_early_or_late_at_most() {
        let hour = SignedDuration::from_hours(1);
        for (chance, minutes) in [(0, 30), (u16::MAX / 2, 60), (u16::MAX, 90)] {
            let off = jittered(hour, chance) - SignedDuration::from_mins(minutes);
            assert!(off.abs() < SignedDuration::from_secs(1), "{chance}: {off}");
        }
    }
}
