//! What a request says about the person behind it: `Keyturn-Passive: 1` marks polling and timers, which keep no session alive.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use keyturn_core::lifetime::ActivityHint;

/// Marks a request that nobody made by hand.
pub(crate) const KEYTURN_PASSIVE: HeaderName = HeaderName::from_static("keyturn-passive");

/// The hint of a request's headers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passive(pub(crate) ActivityHint);

impl Passive {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let passive = headers.get(KEYTURN_PASSIVE).is_some_and(|value| value == "1");
        Self(ActivityHint {
            passive,
            idle_seconds: None,
        })
    }

    /// With what the body says.
    pub(crate) const fn with_idle_seconds(self, idle_seconds: Option<u32>) -> ActivityHint {
        ActivityHint {
            idle_seconds,
            ..self.0
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Passive {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}
