//! A reply that never arrives: the next refresh of a browser is carried out, and its answer is dropped on the way.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use futures::StreamExt;
use futures::stream::once;
use tokio::task::yield_now;

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

/// An answer that breaks off: its head arrives, so that no browser quietly asks again on another connection, and of its body too little. It is
/// another answer than the one that was lost, and brings no cookie.
fn broken_off() -> Response {
    let broken = once(async {
        // What was written so far goes out first.
        yield_now().await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
    });
    let begun = once(ready(Ok(Bytes::from_static(b"{"))));
    let mut answer = Response::new(Body::from_stream(begun.chain(broken)));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("512"));
    answer
}
