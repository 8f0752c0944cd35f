//! Strict bodies.

use axum::http::Method;
use serde_json::json;

use crate::harness::{Answer, EMAIL, PASSWORD, Server, request};

async fn post(
    server: &std::sync::Arc<Server>,
    path: &str,
    content_type: Option<&str>,
    body: String,
) -> Answer {
    let mut builder = request(Method::POST, path);
    if let Some(content_type) = content_type {
        builder = builder.header("content-type", content_type);
    }
    server.anonymous().send(builder, body).await
}

#[tokio::test]
async fn only_json_is_taken() {
    let server = Server::new();
    server.ann().await;
    let body = json!({ "email": EMAIL, "password": PASSWORD }).to_string();
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
    ] {
        let answer = post(&server, "/auth/signin", content_type, body.clone()).await;
        answer.expect_problem(415, "unsupported-media-type");
    }
    for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
        post(&server, "/auth/signin", Some(content_type), body.clone())
            .await
            .expect_status(200);
    }
}

#[tokio::test]
async fn a_body_over_64_kib_is_refused() {
    let server = Server::new();
    let frame = json!({ "email": EMAIL, "password": "" }).to_string().len();
    for (length, code) in [
        (64 * 1024, "invalid-credentials"),
        (64 * 1024 + 1, "body-too-large"),
    ] {
        let body = json!({ "email": EMAIL, "password": "x".repeat(length - frame) }).to_string();
        let answer = post(&server, "/auth/signin", Some("application/json"), body).await;
        assert_eq!(answer.body["code"], code, "{length} bytes");
    }
}

#[tokio::test]
async fn unknown_and_doubled_fields_are_refused_on_every_auth_route() {
    let server = Server::new();
    for path in ["/auth/signup", "/auth/signin", "/auth/refresh", "/auth/signout"] {
        for body in [
            r#"{"email":"a@example.com","password":"x","surprise":1}"#,
            r#"{"refresh_token":"x","refresh_token":"x"}"#,
            r#"{"email":"a@example.com","email":"b@example.com","password":"x"}"#,
        ] {
            let answer = post(&server, path, Some("application/json"), body.to_owned()).await;
            answer.expect_problem(422, "invalid-fields");
        }
        let answer = post(&server, path, Some("application/json"), "{\"".to_owned()).await;
        answer.expect_problem(400, "malformed-json");
        let answer = post(&server, path, Some("application/json"), "[]".to_owned()).await;
        answer.expect_problem(400, "malformed-json");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_said() {
    let server = Server::new();
    let body = r#"{"email":"a@example.com","pasword":"x"}"#.to_owned();
    let answer = post(&server, "/auth/signin", Some("application/json"), body).await;
    insta::assert_json_snapshot!(answer.snapshot(), { ".body.instance" => "[id]" });
}

#[tokio::test]
async fn a_body_that_may_be_left_out_needs_no_type() {
    let server = Server::new();
    post(
        &server,
        "/auth/signout",
        Some("application/json"),
        " null ".to_owned(),
    )
    .await
    .expect_status(204);
    post(
        &server,
        "/auth/signin",
        Some("application/json"),
        "null".to_owned(),
    )
    .await
    .expect_problem(400, "malformed-json");
    post(&server, "/auth/signout", None, String::new())
        .await
        .expect_status(204);
    post(&server, "/auth/refresh", None, String::new())
        .await
        .expect_problem(401, "token-unknown");
    post(&server, "/auth/signout", None, "{}".to_owned())
        .await
        .expect_problem(415, "unsupported-media-type");
}
