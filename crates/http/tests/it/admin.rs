//! Who may use `/admin`: every route, every caller.

use axum::http::Method;
use serde_json::{Value, json};

use crate::harness::{ADMIN_EMAIL, Answer, Api, EMAIL, Letters, Server, with_json};

/// Every route of administrators, with a body that it takes; of an account, or of a session.
fn routes(id: &str) -> Vec<(Method, String, Value)> {
    let route = |method, path: &str, body| (method, path.replace("{id}", id), body);
    vec![
        route(Method::GET, "/admin/users", Value::Null),
        route(
            Method::POST,
            "/admin/users",
            json!({ "email": "new@example.com" }),
        ),
        route(Method::GET, "/admin/users/{id}", Value::Null),
        route(Method::PATCH, "/admin/users/{id}", json!({ "name": "New" })),
        route(Method::POST, "/admin/users/{id}/reset", Value::Null),
        route(
            Method::POST,
            "/admin/users/{id}/state",
            json!({ "state": "suspended", "reason": "a test" }),
        ),
        route(
            Method::POST,
            "/admin/users/{id}/password",
            json!({ "password": "another long and quiet phrase" }),
        ),
        route(Method::DELETE, "/admin/users/{id}/sessions", Value::Null),
        route(Method::DELETE, "/admin/users/{id}", Value::Null),
        route(Method::GET, "/admin/sessions", Value::Null),
        route(Method::GET, "/admin/sessions/{id}", Value::Null),
        route(Method::DELETE, "/admin/sessions/{id}", Value::Null),
        route(Method::GET, "/admin/audit", Value::Null),
    ]
}

/// For services alone: tried in `start_session.rs`.
const FOR_SERVICES: &str = "POST /admin/users/{id}/sessions";

/// Asks every route.
async fn ask_all(server: &Server, api: &Api, account: &str) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    for (method, path, body) in routes(account) {
        let name = format!("{method} {path}");
        let request = with_json(api.request(method, &path), &body);
        answers.push((name, server.send(request).await));
    }
    answers
}

#[tokio::test]
async fn the_list_of_routes_is_complete() {
    let described = serde_json::to_value(keyturn_http::openapi()).unwrap();
    let paths = described["paths"].as_object().unwrap();
    let mut known: Vec<String> = Vec::new();
    for (path, operations) in paths.iter().filter(|(path, _)| path.starts_with("/admin")) {
        let methods = operations.as_object().unwrap().keys();
        known.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let mut listed: Vec<String> = routes("{id}")
        .iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    known.retain(|route| route != FOR_SERVICES);
    known.sort();
    listed.sort();
    assert_eq!(listed, known);
}

#[tokio::test]
async fn r2_6_nobody_without_the_permission_may_use_any_route() {
    let server = Server::new();
    server.ann().await;
    let ann = server.api_of(EMAIL).await;
    let id = ann.get("/auth/session").await.text_at("/user_id");
    let stranger = server.api();
    for (name, answer) in ask_all(&server, &stranger, &id).await {
        assert_eq!(answer.body["code"], "credentials-missing", "{name}");
    }
    stranger.bear("nobodys");
    for (name, answer) in ask_all(&server, &stranger, &id).await {
        assert_eq!(answer.body["code"], "token-unknown", "{name}");
    }
    for (name, answer) in ask_all(&server, &ann, &id).await {
        assert_eq!(answer.body["code"], "permission-missing", "{name}");
    }
    ann.get("/auth/session").await.expect_status(200);
    assert!(!server.has_account("new@example.com").await);
}

#[tokio::test]
async fn r2_6_a_permission_that_was_taken_is_gone_with_the_next_request() {
    let server = Server::new();
    server.ann().await;
    let admin = server.admin().await;
    let ann = server
        .api_of(EMAIL)
        .await
        .get("/auth/session")
        .await
        .text_at("/user_id");
    admin.get("/admin/users").await.expect_status(200);
    server.demote(ADMIN_EMAIL).await;
    for (name, answer) in ask_all(&server, &admin, &ann).await {
        assert_eq!(answer.body["code"], "permission-missing", "{name}");
    }
    assert!(!server.has_account("new@example.com").await);
}

#[tokio::test]
async fn an_administrator_may_use_every_route() {
    let (server, _letters) = Letters::of_server(false);
    server.ann().await;
    let admin = server.admin().await;
    let context = server.api_of(EMAIL).await.get("/auth/session").await;
    let (ann, session) = (context.text_at("/user_id"), context.text_at("/session/id"));
    let of_account = ask_all(&server, &admin, &ann).await.into_iter();
    let of_account = of_account.filter(|(name, _)| !name.contains(&format!("sessions/{ann}")));
    let of_session = ask_all(&server, &admin, &session).await.into_iter();
    let of_session = of_session.filter(|(name, _)| name.contains(&format!("sessions/{session}")));
    let answers: Vec<_> = of_account.chain(of_session).collect();
    assert_eq!(answers.len(), routes("x").len());
    for (name, answer) in answers {
        assert!(answer.status.is_success(), "{name}: {}", answer.text);
        for secret in ["argon2", "password_hash", "nonce", "ktr_", "eyJ", "quiet phrase"] {
            assert!(
                !answer.text.contains(secret),
                "{name} tells a secret: {}",
                answer.text
            );
        }
    }
    assert!(server.has_account("new@example.com").await);
}

#[tokio::test]
async fn what_names_no_account_is_not_found() {
    let server = Server::new();
    let admin = server.admin().await;
    for id in [
        "nobody",
        "%00",
        "%ff",
        "..%2f..",
        "00000000-0000-7000-8000-000000000000",
    ] {
        for (method, path, body) in routes(id).into_iter().filter(|(_, path, _)| path.contains(id)) {
            let name = format!("{method} {path}");
            let answer = server.send(with_json(admin.request(method, &path), &body)).await;
            assert_eq!(answer.body["code"], "not-found", "{name}");
        }
    }
}

#[tokio::test]
async fn r1_4_a_browser_needs_its_csrf_token_here_too() {
    let server = Server::new();
    server.administrator(ADMIN_EMAIL).await;
    let browser = server.browser();
    let body = json!({ "email": ADMIN_EMAIL, "password": crate::harness::PASSWORD });
    browser.sign_in_with(&body).await;
    for (method, path, body) in routes("x") {
        if method == Method::GET {
            continue;
        }
        let without = with_json(browser.request(method.clone(), &path), &body);
        browser.send(without).await.expect_problem(403, "csrf-invalid");
        let foreign = with_json(browser.unsafe_request(method, &path).await, &body);
        let (mut parts, body) = foreign.into_parts();
        parts.headers.insert(
            "origin",
            axum::http::HeaderValue::from_static("https://evil.example"),
        );
        let foreign = axum::http::Request::from_parts(parts, body);
        server.send(foreign).await.expect_problem(403, "csrf-origin");
    }
    browser
        .post("/admin/users", &json!({ "email": "new@example.com" }))
        .await
        .expect_status(201);
}

#[tokio::test]
async fn an_administrator_who_is_no_longer_let_in_may_nothing() {
    let server = Server::new();
    server.ann().await;
    let admin = server.admin().await;
    server.administrator("second@example.com").await;
    let id = admin.get("/auth/session").await.text_at("/user_id");
    let suspended = json!({ "state": "suspended", "reason": "by myself" });
    let path = format!("/admin/users/{id}/state");
    admin.post(&path, &suspended).await.expect_status(200);
    admin
        .get("/admin/users")
        .await
        .expect_session_ended("account_state");
}
