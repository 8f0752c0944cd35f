//! What every answer carries, and what happens outside the routes.

use axum::body::Body;
use axum::http::Method;
use keyturn_http::{EdgeSettings, Hsts};

use crate::harness::{Server, policy, request};

#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed_are_problems() {
    let server = Server::new();
    let nowhere = server
        .anonymous()
        .get("/nowhere")
        .await
        .expect_problem(404, "not-found");
    insta::assert_json_snapshot!(nowhere.snapshot());
    server
        .anonymous()
        .get("/auth/nowhere")
        .await
        .expect_problem(404, "not-found");
    let wrong = request(Method::PUT, "/auth/session");
    let answer = server.anonymous().send(wrong, Body::empty()).await;
    let answer = answer.expect_problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
}

#[tokio::test]
async fn a_harmless_request_id_is_taken_over_and_any_other_replaced() {
    let server = Server::new();
    for (sent, kept) in [
        ("7c9e6679-7425-40de-944b-e07fc1f90ae7", true),
        ("trace_1.2-3", true),
        ("", false),
        ("with space", false),
        ("<script>", false),
        (&"x".repeat(65), false),
    ] {
        let builder = request(Method::GET, "/auth/sessions").header("x-request-id", sent);
        let answer = server
            .anonymous()
            .send(builder, Body::empty())
            .await
            .expect_status(401);
        let id = answer.header("x-request-id").unwrap();
        assert_eq!(id == sent, kept, "{sent}");
        assert_eq!(answer.body["instance"], id);
    }
}

#[tokio::test]
async fn every_answer_does_nothing_in_a_browser() {
    let server = Server::new();
    for path in [
        "/auth/session",
        "/auth/sessions",
        "/livez",
        "/openapi.json",
        "/nowhere",
    ] {
        let answer = server.anonymous().get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            (
                "content-security-policy",
                "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            ),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
    }
    let document = server.anonymous().get("/docs/").await;
    assert_eq!(document.header("cross-origin-opener-policy"), Some("same-origin"));
}

#[tokio::test]
async fn answers_of_an_https_server_ask_for_https_alone() {
    let at = |public_url: Option<&str>, hsts| EdgeSettings {
        public_url: public_url.map(str::to_owned),
        hsts,
        ..EdgeSettings::default()
    };
    let https = Some("https://id.example.org");
    for (settings, asked) in [
        (at(https, Hsts::Host), Some("max-age=31536000")),
        (
            at(https, Hsts::Subdomains),
            Some("max-age=31536000; includeSubDomains"),
        ),
        (at(https, Hsts::Off), None),
        (at(Some("http://localhost:8080"), Hsts::Host), None),
        (at(None, Hsts::Host), None),
    ] {
        let server = Server::with(settings, policy());
        for path in ["/livez", "/nowhere"] {
            let answer = server.anonymous().get(path).await;
            assert_eq!(answer.header("strict-transport-security"), asked, "{path}");
        }
    }
}

#[tokio::test]
async fn head_is_answered_without_a_body() {
    let server = Server::new();
    for (path, status) in [("/livez", 200), ("/auth/session", 200)] {
        let answer = server
            .anonymous()
            .send(request(Method::HEAD, path), Body::empty())
            .await;
        assert_eq!(answer.expect_status(status).text, "");
    }
}
