//! The closed loop, bounded in time and in count, and what it measured.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::client::Client;
use crate::stopwatch::{now, per_second};

/// What a client does over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Exchange the refresh token.
    Refresh,
    /// `GET /auth/session`.
    Check,
    /// Sign in, for a new session each time.
    SignIn,
}

/// When a run ends: at whichever comes first.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// No operation begins after this long.
    pub time: Duration,
    /// Each client does so many at most.
    pub each: usize,
}

impl Bounds {
    /// Bounded in time.
    pub const fn time(time: Duration) -> Self {
        Self {
            time,
            each: usize::MAX,
        }
    }

    /// Bounded in count, and by ten minutes.
    pub const fn each(each: usize) -> Self {
        Self {
            time: Duration::from_secs(600),
            each,
        }
    }
}

/// What a run measured.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    latencies: Vec<Duration>,
    took: Duration,
}

impl Figures {
    /// Takes in what another run measured after it.
    pub fn add(&mut self, other: &Self) {
        self.latencies.extend_from_slice(&other.latencies);
        self.took += other.took;
    }

    /// Operations that did what they should.
    pub const fn operations(&self) -> usize {
        self.latencies.len()
    }

    /// How long all of it took.
    pub const fn took(&self) -> Duration {
        self.took
    }

    /// Operations per second.
    pub fn rate(&self) -> f64 {
        per_second(self.latencies.len(), self.took)
    }

    /// The latency in milliseconds that this share of the operations did not exceed.
    pub fn percentile(&self, share: f64) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index within a short list"
        )]
        let index = ((sorted.len() as f64) * share) as usize;
        let latency = sorted.get(index.min(sorted.len().saturating_sub(1)));
        latency.expect("at least one operation").as_secs_f64() * 1000.0
    }
}

/// All clients at once, each in its own closed loop.
pub async fn drive(clients: &mut [Client], operation: Operation, bounds: Bounds) -> Figures {
    let begin = now();
    let loops = clients
        .iter_mut()
        .map(|client| one(client, operation, bounds, begin));
    let latencies = join_all(loops).await.into_iter().flatten().collect();
    Figures {
        latencies,
        took: begin.elapsed(),
    }
}

/// One client after the other, each once.
pub async fn in_turn(clients: &mut [Client], operation: Operation) -> Figures {
    let mut figures = Figures::default();
    for client in clients.chunks_mut(1) {
        figures.add(&drive(client, operation, Bounds::each(1)).await);
    }
    figures
}

async fn one(client: &mut Client, operation: Operation, bounds: Bounds, begin: Instant) -> Vec<Duration> {
    let mut latencies = Vec::new();
    for _ in 0..bounds.each {
        let asked = now();
        if asked.duration_since(begin) >= bounds.time {
            break;
        }
        let done = match operation {
            Operation::Refresh => {
                client.refresh().await;
                true
            }
            Operation::Check => {
                client.check().await;
                true
            }
            Operation::SignIn => client.sign_in().await,
        };
        if done {
            latencies.push(asked.elapsed());
        }
    }
    latencies
}
