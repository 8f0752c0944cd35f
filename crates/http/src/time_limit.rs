//! How long a request may live.
//!
//! **The rule**: the rotation's windows assume that a request lives at most half a `concurrent_window`, so that is the limit
//! (5 s where the window is off). Sign-in and sign-up may wait for their turn at hashing, and change no token that exists:
//! they have longer.
//!
//! A body that dawdles is the requester's fault: 408, after `http.body_timeout` and in any case before the limit above.
//!
//! **The caveat**: the answer is 503 and says nothing about the effect: what was begun is carried to its end.

use std::future::Future;
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;

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
    if !request.body().is_end_stream() {
        let body_limit = edge.config.body_timeout.min(limit / 5 * 4);
        request.extensions_mut().insert(BodyTimeout(body_limit));
    }
    tokio::time::timeout(limit, next(request))
        .await
        .unwrap_or_else(|_| Problem::new(ProblemCode::TimedOut).into_response())
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
