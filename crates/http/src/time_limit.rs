//! How long a request may live.
//!
//! **The rule**: the rotation's windows assume that a request lives at most half a `concurrent_window`, so that is the limit
//! (5 s where the window is off). Sign-in and sign-up may wait for their turn at hashing, and change no token that exists:
//! they have longer. Where one path does both, the handler says which it is ([`HashingTime`]).
//!
//! A body that dawdles is the requester's fault: 408, after `http.body_timeout` and in any case before the limit above.
//!
//! **The caveat**: the answer is 503 and says nothing about the effect: what was begun is carried to its end.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use tokio::time::timeout;

use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::BodyTimeout;
use crate::routes::{SIGN_IN, SIGN_UP};

/// Where the rotation has no window.
const DEFAULT_LIMIT: Duration = Duration::from_secs(5);

/// For requests that wait for a password to be hashed.
const HASHING_LIMIT: Duration = Duration::from_secs(30);

pub(crate) async fn time_limit<F: Future<Output = Response>>(
    edge: &Edge,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let window = edge.authority.policy().rotation.concurrent_window;
    let limit = limit(request.uri().path(), window);
    let hashing = HashingTime::default();
    // Without a body there is no password.
    if !request.body().is_end_stream() {
        let body_limit = edge.config.body_timeout.min(limit / 5 * 4);
        request.extensions_mut().insert(BodyTimeout(body_limit));
        request.extensions_mut().insert(hashing.clone());
    }
    let mut answering = pin!(next(request));
    if let Ok(answer) = timeout(limit, &mut answering).await {
        return answer;
    }
    let more = if hashing.is_allowed() {
        HASHING_LIMIT.saturating_sub(limit)
    } else {
        Duration::ZERO
    };
    timeout(more, answering)
        .await
        .unwrap_or_else(|_| Problem::new(ProblemCode::TimedOut).into_response())
}

/// By which a handler says that this request waits for a password to be hashed, where the path alone does not tell.
#[derive(Clone, Default)]
pub(crate) struct HashingTime(Arc<AtomicBool>);

impl HashingTime {
    /// From now on the request may live as long as a sign-in. It changes no token that exists.
    pub(crate) fn allow(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_allowed(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl<S: Sync> FromRequestParts<S> for HashingTime {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

fn limit(path: &str, concurrent_window: SignedDuration) -> Duration {
    if path == SIGN_IN || path == SIGN_UP {
        return HASHING_LIMIT;
    }
    match Duration::try_from(concurrent_window) {
        Ok(window) if !window.is_zero() => window / 2,
        _ => DEFAULT_LIMIT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_lives_at_most_half_a_window() {
        for (path, window, expected) in [
            ("/auth/refresh", 10, 5),
            ("/auth/refresh", 4, 2),
            ("/auth/refresh", 0, 5),
            ("/auth/signin", 10, 30),
            ("/auth/signup", 0, 30),
        ] {
            let limit = limit(path, SignedDuration::from_secs(window));
            assert_eq!(limit, Duration::from_secs(expected), "{path} {window}");
        }
    }
}
