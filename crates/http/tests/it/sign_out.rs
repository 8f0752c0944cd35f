//! `POST /auth/signout`.

use axum::body::Body;
use axum::http::Method;
use keyturn_core::model::EndReason;
use serde_json::json;

use crate::harness::Server;

const ENDED: Option<EndReason> = Some(EndReason::SignedOut);

#[tokio::test]
async fn r3_3_signing_out_revokes_both_tokens_at_once_and_clears_the_cookies() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    let before = browser.copy();
    let answer = browser.sign_out().await.expect_status(204);
    insta::assert_json_snapshot!(answer.set_cookies()[..2]);
    assert_eq!(server.end_reason(&session).await, ENDED);
    assert_eq!(browser.jar().value("access"), None);
    assert_eq!(browser.jar().value("refresh"), None);
    assert!(
        browser.jar().value("device").is_some(),
        "kept for the next sign-in"
    );
    before
        .get("/auth/session")
        .await
        .expect_session_ended("signed_out");
    before.refresh().await.expect_session_ended("signed_out");
    browser.sign_in().await;
}

#[tokio::test]
async fn signing_out_is_idempotent() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    let late = browser.copy();
    browser.sign_out().await.expect_status(204);
    browser.sign_out().await.expect_status(204);
    late.sign_out().await.expect_status(204);
    server.browser().sign_out().await.expect_status(204);
    let nothing = server
        .api()
        .post("/auth/signout", &json!({}))
        .await
        .expect_status(204);
    assert_eq!(nothing.cookie_names(), Vec::<&str>::new());
}

#[tokio::test]
async fn r3_3_any_one_token_is_enough() {
    let server = Server::new();
    server.ann().await;
    let (session, refresh_token) = server.api().sign_in().await;
    let body = json!({ "refresh_token": refresh_token });
    server.api().post("/auth/signout", &body).await.expect_status(204);
    assert_eq!(server.end_reason(&session).await, ENDED);

    let api = server.api();
    let (session, _) = api.sign_in().await;
    let empty = api
        .request(Method::POST, "/auth/signout")
        .body(Body::empty())
        .unwrap();
    server.send(empty).await.expect_status(204);
    assert_eq!(server.end_reason(&session).await, ENDED);
    api.get("/auth/session").await.expect_session_ended("signed_out");

    for kept in ["access", "refresh"] {
        let browser = server.browser();
        let session = browser.sign_in().await;
        let lost = if kept == "access" { "refresh" } else { "access" };
        browser.with_jar(|jar| jar.remove(lost));
        browser.sign_out().await.expect_status(204);
        assert_eq!(
            server.end_reason(&session).await,
            ENDED,
            "with the {kept} cookie alone"
        );
    }
}

#[tokio::test]
async fn an_expired_access_token_signs_out_for_as_long_again_as_it_lived() {
    for (seconds, ended) in [(3_599, ENDED), (3_600, None)] {
        let mut policy = crate::harness::policy();
        policy.session.idle_timeout = jiff::SignedDuration::from_hours(24);
        let server = Server::with(crate::harness::settings(), policy);
        server.ann().await;
        let api = server.api();
        let (session, _) = api.sign_in().await;
        server.pass(seconds);
        api.post("/auth/signout", &json!({})).await.expect_status(204);
        assert_eq!(server.end_reason(&session).await, ended, "after {seconds} s");
    }
}

#[tokio::test]
async fn unknown_tokens_sign_nobody_out_and_are_answered_alike() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let (session, token) = api.sign_in().await;
    let forged = format!("{}AAAA", &token[..token.len() - 4]);
    for text in ["", "nonsense", &forged] {
        let body = json!({ "refresh_token": text });
        server.api().post("/auth/signout", &body).await.expect_status(204);
    }
    assert_eq!(server.end_reason(&session).await, None);
}

#[tokio::test]
async fn a_bad_authorization_header_does_not_fall_back_to_the_access_cookie() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    browser.with_jar(|jar| jar.remove("refresh"));
    let request = browser.unsafe_request(Method::POST, "/auth/signout").await;
    let request = request
        .header("authorization", "Bearer")
        .body(Body::empty())
        .unwrap();
    browser.send(request).await.expect_status(204);
    assert_eq!(server.end_reason(&session).await, None);
}
