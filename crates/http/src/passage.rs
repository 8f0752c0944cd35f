//! What every request passes on its way to a handler, and its answer on the way back.
//!
//! **The rule**: from the outside in, its id and log line ([`boundary`]), a place among the requests at work ([`in_flight`]),
//! panics turned into answers, the time it may take ([`time_limit`]) and the first wall ([`origin_wall`]).
//!
//! **The caveat**: one layer for all of them, since a router copies each layer, with all that is inside it, for each request.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use keyturn_core::service::AuthError;

use crate::boundary::boundary;
use crate::csrf::origin_wall;
use crate::edge::Edge;
use crate::error::Problem;
use crate::in_flight::in_flight;
use crate::time_limit::time_limit;

pub(crate) async fn passage(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let walled = |request| origin_wall(&edge, request, |request| next.run(request));
    let limited = |request| time_limit(&edge, request, walled);
    let caught = |request| catch_panic(limited(request));
    let placed = |request| in_flight(&edge, request, caught);
    boundary(&edge, request, placed).await
}

/// A handler that panics answers as a fault of ours.
fn catch_panic(answering: impl Future<Output = Response>) -> impl Future<Output = Response> {
    // No `async fn`, which would have room for the future twice.
    let caught = AssertUnwindSafe(answering).catch_unwind();
    caught.map(|answer| answer.unwrap_or_else(on_panic))
}

/// The panic itself has been printed by the panic hook; its message goes to the log, never to the requester.
fn on_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned());
    Problem::from(AuthError::internal(message)).into_response()
}
