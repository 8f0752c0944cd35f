//! The id of the request that the running task works for.
//!
//! **The rule**: the id goes with the task, so that whoever writes a log line can add it, and no request pays for a span. Work
//! that outlives its request takes the id along ([`kept`]).
//!
//! **The caveat**: other threads (hashing, the store's writer) work for several requests and know none.

use std::future::Future;

use axum::http::{HeaderMap, HeaderName};
use keyturn_core::model::RequestId;
use uuid::Uuid;

/// Carries a request's id in and out.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of the request that this task works for, if it works for one.
pub fn request_id() -> Option<RequestId> {
    CURRENT.try_with(RequestId::clone).ok()
}

/// The client's own id where it is short and harmless in a log, else the fresh one.
pub(crate) fn chosen(headers: &HeaderMap, fresh: impl FnOnce() -> Uuid) -> RequestId {
    let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| RequestId::from(fresh()))
}

/// Works for a request.
pub(crate) fn working_for<F: Future>(id: RequestId, work: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(id, work)
}

/// Work that goes on for the present request when that has been given up.
pub(crate) fn kept<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let id = request_id();
    async move {
        match id {
            Some(id) => working_for(id, work).await,
            None => work.await,
        }
    }
}
