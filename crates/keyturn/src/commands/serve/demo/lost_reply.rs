//! A reply that never arrives: the next refresh of a browser is carried out, and its answer is dropped on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use futures::stream;

use super::inside::FromInside;

const REFRESH: &str = "/auth/refresh";

/// Whether the next reply is lost.
#[derive(Clone, Default)]
pub(super) struct LostReply(Arc<AtomicBool>);

impl LostReply {
    /// Loses the next one.
    pub(super) fn lose_next(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Routes whose replies it may lose.
    pub(super) fn before(&self, routes: Router) -> Router {
        routes.layer(from_fn_with_state(self.clone(), pass_on))
    }

    fn takes(&self, request: &Request) -> bool {
        request.uri().path() == REFRESH
            && request.extensions().get::<FromInside>().is_none()
            && self.0.swap(false, Ordering::SeqCst)
    }
}

async fn pass_on(State(lost): State<LostReply>, request: Request, next: Next) -> Response {
    let is_lost = lost.takes(&request);
    let answer = next.run(request).await;
    if is_lost { broken_off() } else { answer }
}

/// A body that fails before its first byte: the connection is closed on it, and the browser hears of a network that broke.
fn broken_off() -> Response {
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
    Response::new(Body::from_stream(stream::iter([Err::<Bytes, _>(broken)])))
}
