//! How many requests are worked on at once.
//!
//! **The rule**: beyond the limit a request is refused at once, 503 with `Retry-After`, before any of its body is read: waiting
//! would only make all of them late (ASVS 5.0 V15.2.2). Probes are always answered, or a supervisor would restart a server for
//! being busy.
//!
//! **The caveat**: what a requester left behind by hanging up is carried on without a place.

use std::future::Future;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};

use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};

const PROBES: [&str; 3] = ["/livez", "/readyz", "/healthz"];

pub(crate) async fn in_flight<F: Future<Output = Response>>(
    edge: &Edge,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let is_probe = PROBES.contains(&request.uri().path());
    let place = (!is_probe).then(|| edge.config.in_flight.try_acquire());
    if let Some(Err(_)) = place {
        edge.config.metrics.refused();
        return Problem::new(ProblemCode::Busy).into_response();
    }
    next(request).await
}
