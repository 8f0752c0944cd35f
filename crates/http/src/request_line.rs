//! The log line of a request, at `debug` or by `log.requests`.
//!
//! **The rule**: the route is logged as it was matched, never the path or the query: people paste tokens there. Nothing of the
//! headers is logged but the request's id.
//!
//! **The caveat**: a line that is off costs one comparison; a request whose client left before the answer has none.

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use tokio::time::Instant;
use tracing::Level;

/// Where no route was matched.
const NO_ROUTE: &str = "none";
/// Methods may be any word that a requester makes up; these are the ones that routes know.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

/// What is known of a request when it arrives; gathered only where the line will be written.
pub(crate) struct RequestLine(Option<Details>);

struct Details {
    method: Method,
    route: Option<MatchedPath>,
    began: Instant,
}

impl RequestLine {
    pub(crate) fn of(request: &Request) -> Self {
        let details = tracing::enabled!(Level::DEBUG).then(|| Details {
            method: request.method().clone(),
            route: request.extensions().get().cloned(),
            began: Instant::now(),
        });
        Self(details)
    }

    pub(crate) fn write(self, id: &str, status: StatusCode) {
        let Some(Details { method, route, began }) = self.0 else {
            return;
        };
        let method = if METHODS.contains(&method) {
            method.as_str()
        } else {
            "other"
        };
        let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
        let status = status.as_u16();
        let microseconds = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(
            request.id = id,
            http.method = method,
            http.route = route,
            http.status = status,
            duration_us = microseconds,
            "{method} {route} answered {status} in {microseconds} µs"
        );
    }
}
