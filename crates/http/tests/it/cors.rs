//! Cross-origin answers.

use axum::body::Body;
use axum::http::Method;

use crate::harness::{APP_ORIGIN, Server, request};

#[tokio::test]
async fn r3_7_a_listed_origin_may_read_every_answer_errors_included() {
    let server = Server::new();
    for (path, status) in [("/auth/csrf", 200), ("/auth/sessions", 401), ("/nowhere", 404)] {
        let builder = request(Method::GET, path).header("origin", APP_ORIGIN);
        let answer = server
            .anonymous()
            .send(builder, Body::empty())
            .await
            .expect_status(status);
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some(APP_ORIGIN),
            "{path}"
        );
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            Some("true"),
            "{path}"
        );
        assert_eq!(
            answer.header("access-control-expose-headers"),
            Some("x-csrf-token,etag,retry-after,x-request-id"),
            "{path}"
        );
        assert!(
            answer.header("vary").is_some_and(|vary| vary.contains("origin")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn r3_7_another_origin_may_read_nothing() {
    let server = Server::new();
    for origin in [
        "https://evil.example",
        "null",
        "http://app.example",
        "http://localhost:3000",
    ] {
        let builder = request(Method::GET, "/auth/csrf").header("origin", origin);
        let answer = server.anonymous().send(builder, Body::empty()).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
    }
}

#[tokio::test]
async fn r3_7_a_preflight_allows_our_headers_and_methods() {
    let server = Server::new();
    let builder = request(Method::OPTIONS, "/auth/refresh")
        .header("origin", APP_ORIGIN)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-csrf-token");
    let answer = server
        .anonymous()
        .send(builder, Body::empty())
        .await
        .expect_status(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(APP_ORIGIN));
    assert_eq!(
        answer.header("access-control-allow-methods"),
        Some("GET,POST,PUT,PATCH,DELETE")
    );
    assert_eq!(
        answer.header("access-control-allow-headers"),
        Some("authorization,content-type,if-match,x-csrf-token,idempotency-key,keyturn-passive,x-request-id")
    );
}
