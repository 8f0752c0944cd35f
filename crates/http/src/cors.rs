//! Cross-origin requests (Fetch standard §3.3): credentials for exactly the trusted origins, on every answer, errors included.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::EdgeConfig;
use crate::csrf::X_CSRF_TOKEN;
use crate::extract::{IDEMPOTENCY_KEY, KEYTURN_PASSIVE};
use crate::request_id::X_REQUEST_ID;

/// How long a browser may remember a preflight answer.
const PREFLIGHT_AGE: Duration = Duration::from_secs(600);

const METHODS: [Method; 5] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

const REQUEST_HEADERS: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    X_CSRF_TOKEN,
    IDEMPOTENCY_KEY,
    KEYTURN_PASSIVE,
    X_REQUEST_ID,
];

const EXPOSED_HEADERS: [HeaderName; 4] = [X_CSRF_TOKEN, header::ETAG, header::RETRY_AFTER, X_REQUEST_ID];

pub(crate) fn layer(config: &Arc<EdgeConfig>) -> CorsLayer {
    let config = Arc::clone(config);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| {
            origin.to_str().is_ok_and(|origin| config.origins.trusts(origin))
        }))
        .allow_credentials(true)
        .allow_methods(METHODS)
        .allow_headers(REQUEST_HEADERS)
        .expose_headers(EXPOSED_HEADERS)
        .max_age(PREFLIGHT_AGE)
}
