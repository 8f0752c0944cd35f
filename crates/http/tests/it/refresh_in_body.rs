//! `POST /auth/refresh` by clients that keep their tokens themselves.

use axum::http::Method;
use futures::future::join_all;
use keyturn_core::model::EndReason;
use serde_json::json;

use crate::harness::Server;

const KEY: &str = "3f6b8c1e-8f57-4a57-9d0e-6a2f4e0c7b11";

#[tokio::test]
async fn a_refresh_gives_the_next_pair_in_the_body() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let (_, token) = api.sign_in().await;
    server.pass(1_500);
    let answer = api.refresh(&token).await.expect_status(200);
    insta::assert_json_snapshot!(answer.snapshot());
    api.bear(answer.text_at("/access_token"));
    api.get("/auth/session").await.expect_status(200);
    api.refresh(&answer.text_at("/refresh_token"))
        .await
        .expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn r1_5_of_concurrent_refreshes_without_a_key_one_succeeds_and_the_family_ends() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let (session, token) = api.sign_in().await;
    let answers = join_all((0..8).map(|_| api.refresh(&token))).await;
    let succeeded = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(succeeded, 1);
    assert_eq!(server.end_reason(&session).await, Some(EndReason::TokenReuse));
}

#[tokio::test]
async fn r1_5_a_retry_with_the_same_key_gets_the_same_successor() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let (session, token) = api.sign_in().await;
    let first = api.refresh_with_key(&token, KEY).await.expect_status(200);
    server.pass(600);
    let again = api.refresh_with_key(&token, KEY).await.expect_status(200);
    assert_eq!(again.body["refresh_token"], first.body["refresh_token"]);
    assert_ne!(again.body["access_token"], first.body["access_token"]);
    let other_key = api.refresh_with_key(&token, "another key of enough length").await;
    other_key.expect_session_ended("token_reuse");
    assert_eq!(server.end_reason(&session).await, Some(EndReason::TokenReuse));
}

#[tokio::test]
async fn r1_5_an_older_token_ends_the_family_and_no_other() {
    let server = Server::new();
    server.ann().await;
    let (api, other) = (server.api(), server.api());
    let (session, oldest) = api.sign_in().await;
    let (_, others) = other.sign_in().await;
    let second = api.refresh_with_key(&oldest, KEY).await.text_at("/refresh_token");
    let third = api.refresh(&second).await.text_at("/refresh_token");
    api.refresh_with_key(&oldest, KEY)
        .await
        .expect_session_ended("token_reuse");
    api.refresh(&third).await.expect_session_ended("token_reuse");
    assert_eq!(server.end_reason(&session).await, Some(EndReason::TokenReuse));
    other.refresh(&others).await.expect_status(200);
    other.get("/auth/session").await.expect_status(200);
}

#[tokio::test]
async fn a_key_that_is_no_proof_is_refused_and_changes_nothing() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let (_, token) = api.sign_in().await;
    for key in ["", "fifteen letters", &"x".repeat(256)] {
        let refused = api.refresh_with_key(&token, key).await;
        refused.expect_problem(400, "invalid-idempotency-key");
    }
    let twice = api
        .request(Method::POST, "/auth/refresh")
        .header("idempotency-key", KEY)
        .header("idempotency-key", KEY);
    let refused = api.send(twice, &json!({ "refresh_token": token })).await;
    refused.expect_problem(400, "invalid-idempotency-key");
    let next = api.refresh(&token).await.expect_status(200);
    assert_eq!(next.body["session"]["generation"], 1);
}

#[tokio::test]
async fn what_is_no_refresh_token_is_no_ones() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let (_, token) = api.sign_in().await;
    let elsewhere = Server::with(crate::harness::settings(), crate::harness::policy());
    for text in [
        "",
        "nonsense",
        &api.access(),
        &token.to_uppercase(),
        &format!("{token}="),
    ] {
        api.refresh(text).await.expect_problem(401, "token-unknown");
    }
    elsewhere
        .api()
        .refresh(&token)
        .await
        .expect_problem(401, "token-unknown");
    server
        .api()
        .post("/auth/refresh", &json!({}))
        .await
        .expect_problem(401, "token-unknown");
    api.refresh(&token).await.expect_status(200);
}

#[tokio::test]
async fn r1_6_an_idle_session_is_refused_with_its_reason() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let (session, token) = api.sign_in().await;
    server.pass(3_600);
    api.refresh(&token).await.expect_session_ended("idle");
    assert_eq!(server.end_reason(&session).await, Some(EndReason::Idle));
}
