//! The log line of a request, and the span that gives the lines within it the request's id.
//!
//! **The rule**: the route is logged as it was matched, never the path or the query: people paste tokens there. Nothing of the
//! headers is logged but the request's id.
//!
//! **The caveat**: safe methods have their span at `debug`, since a session check costs microseconds and warns of nothing; unsafe
//! ones have it at `error`, so that no filter takes the id from their warnings. A span that is off costs one comparison.

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use tokio::time::Instant;
use tracing::{Level, Span};

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

/// What is known of a request when it arrives.
pub(crate) struct RequestLine {
    is_safe: bool,
    details: Option<Details>,
}

/// Gathered only where the line will be written.
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
        Self {
            is_safe: request.method().is_safe(),
            details,
        }
    }

    pub(crate) fn span(&self, id: &str) -> Span {
        if self.is_safe {
            tracing::debug_span!("request", request.id = id)
        } else {
            tracing::error_span!("request", request.id = id)
        }
    }

    pub(crate) fn write(self, id: &str, status: StatusCode) {
        let Some(Details { method, route, began }) = self.details else {
            return;
        };
        let method = if METHODS.contains(&method) {
            method.as_str()
        } else {
            "other"
        };
        let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
        let status = status.as_u16();
        let microseconds = began.elapsed().as_micros();
        tracing::debug!(
            request.id = id,
            http.method = method,
            http.route = route,
            http.status = status,
            duration.us = microseconds,
            "{method} {route} answered {status} in {microseconds} µs"
        );
    }
}
