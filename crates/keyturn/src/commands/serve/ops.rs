//! The listener for operators: `/metrics`, the probes, and with `--virtual-clock` the clock of tests.
//!
//! **The rule**: nobody signs in here and nothing is authenticated, so it listens on loopback unless `ops.allow_remote` says that
//! something else keeps strangers away.
//!
//! **The caveat**: it has the limits of the other listener, but its connections and requests are not counted.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use keyturn_core::ports::Clock;
use keyturn_core::service::Live;
use metrics::{NoopRecorder, Recorder};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::test_clock;
use crate::adapters::clock::VirtualClock;
use crate::adapters::metrics::{ConnectionMetrics, Metrics};
use crate::config::Config;
use crate::failure::Failure;
use crate::lifecycle::{self, Limits};

/// Prometheus' text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A bound listener, and what it will show.
pub(super) struct Ops {
    listener: TcpListener,
    address: SocketAddr,
    metrics: Metrics,
}

/// What the routes are made of.
pub(super) struct Shown {
    pub(super) live: Live,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) virtual_clock: Option<Arc<VirtualClock>>,
    pub(super) probes: Router,
}

impl Ops {
    /// Takes the port; `None` where `ops.listen` is `off`.
    pub(super) async fn bind(config: &Config) -> Result<Option<Self>, Failure> {
        let Some(address) = config.ops.listen.0 else {
            return Ok(None);
        };
        let setting = "ops.listen, as ADDRESS:PORT or `off`";
        let (listener, address) = lifecycle::bind(address, setting).await?;
        Ok(Some(Self {
            listener,
            address,
            metrics: Metrics::new()?,
        }))
    }

    /// Where it listens.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stopping` turns true.
    pub(super) fn serve(self, config: &Config, shown: Shown, stopping: watch::Receiver<bool>) {
        let scrape = self.metrics.scrape(shown.live, shown.clock);
        tokio::spawn(Metrics::keep_up(self.metrics.handle(), stopping.clone()));
        let scrape = Arc::new(scrape);
        let metrics = move || std::future::ready(([(CONTENT_TYPE, TEXT)], scrape.render()));
        let routes = Router::new().route("/metrics", get(metrics)).merge(shown.probes);
        let routes = match shown.virtual_clock {
            Some(clock) => routes.merge(test_clock::router(clock)),
            None => routes,
        };
        let limits = Limits::of(&config.http);
        let (_never_replaced, routes) = watch::channel(routes);
        let uncounted = ConnectionMetrics::default();
        tokio::spawn(lifecycle::serve(
            self.listener,
            limits,
            routes,
            stopping,
            uncounted,
        ));
    }
}

/// Where to register metrics: nowhere, where nobody can ask for them.
pub(super) fn recorder(ops: Option<&Ops>) -> &dyn Recorder {
    ops.map_or(&NoopRecorder, |ops| ops.metrics.recorder())
}
