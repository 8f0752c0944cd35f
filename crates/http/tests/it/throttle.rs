//! How many passwords may be tried, and how many sessions one account has.

use std::num::NonZeroU32;

use keyturn_core::model::EndReason;
use serde_json::{Value, json};

use crate::harness::{Answer, EMAIL, PASSWORD, Server, policy, settings, sign_in_body};

fn wrong(email: &str) -> Value {
    json!({ "email": email, "password": "a wrong and hasty phrase" })
}

/// What a stranger is answered after ten wrong passwords, apart from what differs in every answer.
async fn after_ten_wrong(email: &str) -> Answer {
    let server = Server::new();
    server.ann().await;
    for _ in 0..10 {
        let answer = server.api().post("/auth/signin", &wrong(email)).await;
        answer.expect_problem(401, "invalid-credentials");
    }
    server.api().post("/auth/signin", &wrong(email)).await
}

#[tokio::test]
async fn too_many_attempts_are_answered_429_with_the_time_to_wait() {
    let known = after_ten_wrong(EMAIL)
        .await
        .expect_problem(429, "too-many-attempts");
    assert_eq!(known.header("retry-after"), Some("300"));
    let unknown = after_ten_wrong("nobody@example.com").await;
    let unknown = unknown.expect_problem(429, "too-many-attempts");
    assert_eq!(unknown.header("retry-after"), Some("300"));
    assert_eq!(unknown.body["title"], known.body["title"]);
}

#[tokio::test]
async fn who_waits_as_told_is_let_in() {
    let server = Server::new();
    server.ann().await;
    for _ in 0..10 {
        server.api().post("/auth/signin", &wrong(EMAIL)).await;
    }
    let right = sign_in_body();
    server.pass(299);
    let answer = server.api().post("/auth/signin", &right).await;
    assert_eq!(
        answer
            .expect_problem(429, "too-many-attempts")
            .header("retry-after"),
        Some("1")
    );
    server.pass(1);
    server.api().post("/auth/signin", &right).await.expect_status(200);
}

#[tokio::test]
async fn a_browser_that_has_signed_in_before_gets_in_whatever_others_try() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    browser.sign_out().await.expect_status(204);
    for _ in 0..20 {
        server.api().post("/auth/signin", &wrong(EMAIL)).await;
    }
    let stranger = server.browser().post("/auth/signin", &sign_in_body()).await;
    stranger.expect_problem(429, "too-many-attempts");
    browser.sign_in().await;
}

#[tokio::test]
async fn sign_ups_are_limited_by_address() {
    let server = Server::new();
    for index in 0..51 {
        let body = json!({ "email": format!("person{index}@example.com"), "password": PASSWORD });
        let answer = server.api().post("/auth/signup", &body).await;
        if index < 50 {
            answer.expect_status(201);
        } else {
            let answer = answer.expect_problem(429, "too-many-attempts");
            assert_eq!(answer.header("retry-after"), Some("10"));
            assert!(!server.has_account("person50@example.com").await);
        }
    }
}

#[tokio::test]
async fn limits_can_be_left_to_others() {
    let mut policy = policy();
    policy.throttle.enabled = false;
    let server = Server::with(settings(), policy);
    server.ann().await;
    for _ in 0..60 {
        let answer = server.api().post("/auth/signin", &wrong(EMAIL)).await;
        answer.expect_problem(401, "invalid-credentials");
    }
}

#[tokio::test]
async fn an_account_with_one_session_at_a_time_is_signed_out_where_it_was() {
    let mut policy = policy();
    policy.session.per_account_limit = NonZeroU32::new(1);
    let server = Server::with(settings(), policy);
    server.ann().await;
    let (there, here) = (server.browser(), server.browser());
    let first = there.sign_in().await;
    let second = here.sign_in().await;
    assert_eq!(server.end_reason(&first).await, Some(EndReason::SessionLimit));
    assert_eq!(server.end_reason(&second).await, None);
    there
        .get("/auth/session")
        .await
        .expect_session_ended("session_limit");
    there.refresh().await.expect_session_ended("session_limit");
    here.get("/auth/session").await.expect_status(200);
}
