//! What every handler has at hand: the authority and the edge's configuration.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyturn_core::service::{AuthError, Authority};

use crate::carried::Carried;
use crate::config::EdgeConfig;
use crate::cookies::CookieMaker;

/// The state of the router.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) authority: Arc<Authority>,
    pub(crate) config: Arc<EdgeConfig>,
}

impl Edge {
    pub(crate) fn cookie_maker(&self) -> CookieMaker {
        CookieMaker::new(self.config.dev_cookies)
    }

    /// Runs a use case that changes something to its end, even if the requester hangs up or the time limit strikes: a
    /// sign-out that was read but not yet written must not be forgotten, nor a reuse that was recognised.
    pub(crate) async fn carry_through<T, F, Fut>(&self, use_case: F) -> Result<T, AuthError>
    where
        T: Send + 'static,
        F: FnOnce(Arc<Authority>) -> Fut,
        Fut: Future<Output = Result<T, AuthError>> + Send + 'static,
    {
        Carried::new(use_case(Arc::clone(&self.authority))).await
    }
}

/// Whether the process takes new work: shared by `/readyz` and whoever stops the process.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    draining: Arc<AtomicBool>,
}

impl Readiness {
    /// From now on `/readyz` answers 503, so that a load balancer looks elsewhere. Requests are still served.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}
