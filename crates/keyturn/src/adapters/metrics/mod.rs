//! Everything that is counted, in Prometheus' text format.
//!
//! **The rule**: one recorder, made here and handed to whoever counts; nothing is installed globally. Counters, gauges and
//! histograms are registered at start, so that `/metrics` is complete from the first scrape on and every label is one of a fixed
//! set: no id, no name, no address.
//!
//! **The caveat**: what has a size rather than a history (the view, the activity buffer, the process) is looked up at each scrape.

mod connections;
mod hashing;
mod mail;
mod outcomes;
mod process;
mod sweeps;
mod tasks;

use std::sync::Arc;
use std::time::Duration;

use keyturn_core::ports::Clock;
use keyturn_core::service::Live;
use metrics::{Gauge, Unit};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use tokio::sync::watch;

pub(crate) use self::connections::ConnectionMetrics;
pub(crate) use self::hashing::HashMetrics;
pub(crate) use self::mail::MailMetrics;
pub(crate) use self::outcomes::{Outcomes, SessionEnds};
use self::process::ProcessMetrics;
pub(crate) use self::sweeps::SweepMetrics;
pub(crate) use self::tasks::TaskMetrics;
use crate::failure::Failure;

/// Upper bounds in seconds: from a session check in memory to a sign-in that waited.
const SECONDS: [f64; 16] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// Upper bounds of how many commands share a commit.
const COMMANDS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// How often samples are put into their buckets where nobody scrapes, so that they do not pile up.
const UPKEEP: Duration = Duration::from_secs(5);

const VIEW_SIZE: &str = "keyturn_view_sessions";
const VIEW_STALENESS: &str = "keyturn_view_staleness_seconds";
const ACTIVITY: &str = "keyturn_activity_buffer_sessions";
const BUILD: &str = "keyturn_build_info";

/// The recorder, and what it makes known.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

impl Metrics {
    /// Nothing is registered yet.
    pub(crate) fn new() -> Result<Self, Failure> {
        let recorder = builder()
            .map_err(|error| Failure::Fault(format!("metrics: {error}")))?
            .build_recorder();
        let handle = recorder.handle();
        Ok(Self { recorder, handle })
    }

    /// Where others register.
    pub(crate) const fn recorder(&self) -> &PrometheusRecorder {
        &self.recorder
    }

    /// What `/metrics` answers from.
    pub(crate) fn scrape(&self, live: Live, clock: Arc<dyn Clock>) -> Scrape {
        let gauges = metrics::with_local_recorder(&self.recorder, || {
            metrics::describe_gauge!(BUILD, Unit::Count, "1, with the version of the program");
            metrics::gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
            LiveGauges::register()
        });
        Scrape {
            handle: self.handle.clone(),
            process: ProcessMetrics::register(&self.recorder, clock.now()),
            gauges,
            live,
            clock,
        }
    }

    /// Puts samples into buckets until `stop` turns true.
    pub(crate) async fn keep_up(handle: PrometheusHandle, mut stop: watch::Receiver<bool>) {
        let mut due = tokio::time::interval(UPKEEP);
        loop {
            tokio::select! {
                _ = due.tick() => handle.run_upkeep(),
                _stopped = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// For [`Metrics::keep_up`].
    pub(crate) fn handle(&self) -> PrometheusHandle {
        self.handle.clone()
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_commands".to_owned()), &COMMANDS)
}

/// One page of metrics a call.
pub(crate) struct Scrape {
    handle: PrometheusHandle,
    process: ProcessMetrics,
    gauges: LiveGauges,
    live: Live,
    clock: Arc<dyn Clock>,
}

impl Scrape {
    /// The state of things now, in Prometheus' text format.
    pub(crate) fn render(&self) -> String {
        self.gauges.set(&self.live, self.clock.as_ref());
        self.process.set();
        self.handle.render()
    }
}

struct LiveGauges {
    view_size: Gauge,
    view_staleness: Gauge,
    activity: Gauge,
}

impl LiveGauges {
    fn register() -> Self {
        metrics::describe_gauge!(VIEW_SIZE, Unit::Count, "Live sessions that are kept in memory");
        metrics::describe_gauge!(
            VIEW_STALENESS,
            Unit::Seconds,
            "Since the store last said that it had told every change; above `revocation.max_staleness` each check asks the store"
        );
        metrics::describe_gauge!(ACTIVITY, Unit::Count, "Sessions whose activity is not yet stored");
        Self {
            view_size: metrics::gauge!(VIEW_SIZE),
            view_staleness: metrics::gauge!(VIEW_STALENESS),
            activity: metrics::gauge!(ACTIVITY),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes of memory are far below 2^52")]
    fn set(&self, live: &Live, clock: &dyn Clock) {
        self.view_size.set(live.view.len() as f64);
        self.view_staleness
            .set(live.view.staleness(clock.now()).as_secs_f64());
        self.activity.set(live.activity.len() as f64);
    }
}
