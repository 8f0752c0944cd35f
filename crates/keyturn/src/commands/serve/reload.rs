//! SIGHUP: the configuration is read again, and what can change while requests are served does.
//!
//! **The rule**: `http.allowed_origins`, `http.native_origins` and `http.trusted_proxies` are applied, from the next request on.
//! Of everything else that differs the log says that it needs a restart. A configuration that is wrong, or could not be
//! started with, changes nothing.
//!
//! **The caveat**: the environment of a running process stays what it was; only files are read anew.

use std::sync::Arc;

use axum::Router;
use keyturn_core::service::Authority;
use keyturn_http::EdgeConfig;
use tokio::signal::unix::Signal;
use tokio::sync::watch;

use super::demo::Demo;
use super::notice;
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::wire;

/// What is in force, and what a new router is made of.
pub(super) struct Reload {
    configured: Config,
    edge: EdgeConfig,
    authority: Arc<Authority>,
    public_url: String,
    demo: Option<Demo>,
}

impl Reload {
    /// `configured` as it was read, `running` with the address in use.
    pub(super) fn new(
        configured: Config,
        running: &Config,
        edge: EdgeConfig,
        authority: Arc<Authority>,
        demo: Option<Demo>,
    ) -> Self {
        Self {
            configured,
            edge,
            authority,
            public_url: wire::public_url(running),
            demo,
        }
    }

    /// The routes as configured now.
    pub(super) fn router(&self) -> Router {
        let routes = keyturn_http::router(Arc::clone(&self.authority), self.edge.clone())
            .merge(notice::router(&self.public_url, self.edge.interface()));
        match &self.demo {
            Some(demo) => demo.around(routes, self.edge.interface_look()),
            None => routes,
        }
    }

    /// Reloads at each signal, for ever.
    pub(super) async fn at_each(
        mut self,
        mut hangups: Signal,
        routes: watch::Sender<Router>,
        read: impl Fn() -> Result<Config, Failure>,
    ) {
        while hangups.recv().await.is_some() {
            match read().and_then(|config| self.apply(&config)) {
                Ok(waiting) => {
                    let _previous = routes.send_replace(self.router());
                    report(&waiting);
                }
                Err(failure) => {
                    tracing::error!("the configuration was not reloaded, the old one stays: {failure}");
                }
            }
        }
        std::future::pending().await
    }

    /// Takes over what can change now; answers the names of what differs still.
    fn apply(&mut self, new: &Config) -> Result<Vec<String>, Failure> {
        let mut configured = self.configured.clone();
        configured.http.allowed_origins = new.http.allowed_origins.clone();
        configured.http.native_origins = new.http.native_origins.clone();
        configured.http.trusted_proxies = new.http.trusted_proxies.clone();
        let waiting = config::differing(&configured, new)?;
        self.edge = wire::edge(&configured)?.succeeding(&self.edge);
        self.configured = configured;
        Ok(waiting)
    }
}

fn report(waiting: &[String]) {
    if waiting.is_empty() {
        tracing::info!("the configuration was reloaded");
    } else {
        let waiting = waiting.join(", ");
        tracing::warn!("the configuration was reloaded; a restart is needed for {waiting}");
    }
}
