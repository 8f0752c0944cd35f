//! `POST /auth/signin`.

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyturn_core::model::{AccountState, EndReason};
use serde_json::{Value, json};

use crate::harness::{
    APP_ORIGIN, Browser, EMAIL, NATIVE_ORIGIN, PASSWORD, Server, policy, settings, sign_in_body, with_json,
};

#[tokio::test]
async fn r2_2_a_client_gets_both_tokens_in_the_body() {
    let server = Server::new();
    server.ann().await;
    let answer = server
        .api()
        .post("/auth/signin", &sign_in_body())
        .await
        .expect_status(200);
    insta::assert_json_snapshot!(answer.snapshot());
}

/// What an access token says, unverified.
fn payload(access_token: &str) -> Value {
    let part = access_token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn r2_3_an_access_token_says_whose_it_is_and_the_email_where_that_is_wanted() {
    for email_claim in [true, false] {
        let mut policy = policy();
        policy.token.email_claim = email_claim;
        let server = Server::with(settings(), policy);
        server.ann().await;
        let answer = server
            .api()
            .post("/auth/signin", &sign_in_body())
            .await
            .expect_status(200);
        let claims = payload(&answer.text_at("/access_token"));
        assert_eq!(claims["sub"], answer.body["user_id"]);
        assert_eq!(claims["sid"], answer.body["session"]["id"]);
        assert_eq!(claims["iat"], 1_767_225_600);
        assert_eq!(claims["exp"], 1_767_225_600 + 1_800);
        assert!(claims["jti"].is_string());
        assert_eq!(
            claims.get("email").is_some_and(|email| email == EMAIL),
            email_claim,
            "{claims}"
        );
        assert_eq!(claims.get("email").is_some(), email_claim, "{claims}");
    }
}

#[tokio::test]
async fn r1_1_a_browser_gets_both_tokens_in_cookies() {
    let server = Server::new();
    server.ann().await;
    let answer = server.browser().sign_in_with(&sign_in_body()).await;
    assert!(!answer.text.contains("eyJ"), "no token in the body");
    insta::assert_json_snapshot!(answer.snapshot());
}

#[tokio::test]
async fn a_browser_may_ask_for_the_access_token_in_the_body() {
    let server = Server::new();
    server.ann().await;
    let body = json!({ "email": EMAIL, "password": PASSWORD, "delivery": "hybrid" });
    let answer = server.browser().sign_in_with(&body).await;
    insta::assert_json_snapshot!(answer.snapshot());
}

#[tokio::test]
async fn who_asks_decides_which_deliveries_there_are() {
    let server = Server::new();
    server.ann().await;
    let asking = |delivery| json!({ "email": EMAIL, "password": PASSWORD, "delivery": delivery });
    let refused = server.browser().post("/auth/signin", &asking("body")).await;
    refused.expect_problem(400, "delivery-not-available");
    for delivery in ["cookie", "hybrid"] {
        let refused = server.api().post("/auth/signin", &asking(delivery)).await;
        refused.expect_problem(400, "delivery-not-available");
    }
    server
        .api()
        .post("/auth/signin", &asking("body"))
        .await
        .expect_status(200);
}

#[tokio::test]
async fn a_page_that_only_sends_sec_fetch_site_is_a_browser_too() {
    let server = Server::new();
    server.ann().await;
    let csrf = server.anonymous().get("/auth/csrf").await.text_at("/csrf_token");
    let builder = server
        .api()
        .request(Method::POST, "/auth/signin")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", format!("__Host-keyturn_csrf={csrf}"))
        .header("x-csrf-token", csrf);
    let answer = server
        .send(with_json(builder, &sign_in_body()))
        .await
        .expect_status(200);
    assert_eq!(answer.body["session"]["delivery"], "cookie");
}

#[tokio::test]
async fn a_native_shell_is_no_browser() {
    let server = Server::new();
    server.ann().await;
    let builder = server
        .api()
        .request(Method::POST, "/auth/signin")
        .header("origin", NATIVE_ORIGIN)
        .header("sec-fetch-site", "cross-site");
    let answer = server
        .send(with_json(builder, &sign_in_body()))
        .await
        .expect_status(200);
    assert_eq!(answer.body["session"]["delivery"], "body");
    assert_eq!(answer.cookie_names(), Vec::<&str>::new());
    assert_eq!(answer.header("access-control-allow-origin"), Some(NATIVE_ORIGIN));
}

#[tokio::test]
async fn every_name_of_an_account_signs_in() {
    let server = Server::new();
    server.ann().await;
    for (field, name) in [
        ("email", "ann@example.com"),
        ("email", "ANN@Example.COM"),
        ("username", "ann"),
        ("username", "Ann"),
        ("identifier", "ann@example.com"),
        ("identifier", "ann"),
    ] {
        let body = json!({ field: name, "password": PASSWORD });
        server.api().post("/auth/signin", &body).await.expect_status(200);
    }
}

#[tokio::test]
async fn one_name_and_no_more_is_taken() {
    let server = Server::new();
    for body in [
        json!({ "password": PASSWORD }),
        json!({ "email": EMAIL, "username": "ann", "password": PASSWORD }),
    ] {
        let answer = server
            .api()
            .post("/auth/signin", &body)
            .await
            .expect_problem(422, "invalid-fields");
        assert_eq!(answer.body["errors"][0]["field"], "identifier");
    }
}

#[tokio::test]
async fn unknown_wrong_and_impossible_names_answer_alike() {
    let server = Server::new();
    server.ann().await;
    let mut seen = Vec::new();
    for body in [
        json!({ "email": EMAIL, "password": "wrong" }),
        json!({ "email": "nobody@example.com", "password": PASSWORD }),
        json!({ "email": "not an email", "password": PASSWORD }),
        json!({ "username": "no such", "password": PASSWORD }),
        json!({ "identifier": "", "password": PASSWORD }),
        json!({ "email": EMAIL, "password": "" }),
    ] {
        let answer = server.api().post("/auth/signin", &body).await;
        seen.push(answer.expect_problem(401, "invalid-credentials").snapshot());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "nothing tells which was wrong: {seen:?}");
    insta::assert_json_snapshot!(seen[0]);
}

#[tokio::test]
async fn r1_3_a_non_active_account_is_told_so_only_after_the_right_password() {
    for (state, name) in [
        (AccountState::Inactive, "inactive"),
        (AccountState::Suspended, "suspended"),
    ] {
        let server = Server::new();
        server.ann().await;
        server.set_state(state).await;
        let wrong = json!({ "email": EMAIL, "password": "wrong" });
        server
            .api()
            .post("/auth/signin", &wrong)
            .await
            .expect_problem(401, "invalid-credentials");
        let browser = server.browser();
        let refused = browser.post("/auth/signin", &sign_in_body()).await;
        let refused = refused.expect_problem(403, "account-not-active");
        assert_eq!(refused.body["account_state"], name);
        assert_eq!(refused.cookie_names(), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn signing_in_again_replaces_the_session_of_this_browser_alone() {
    let server = Server::new();
    server.ann().await;
    let (browser, other) = (server.browser(), server.browser());
    let (first, elsewhere) = (browser.sign_in().await, other.sign_in().await);
    let old = browser.copy();
    let device = browser.cookie("device");
    browser.sign_in().await;
    assert_ne!(
        browser.cookie("device"),
        device,
        "each sign-in has a device cookie of its own"
    );
    assert_eq!(server.end_reason(&first).await, Some(EndReason::Replaced));
    assert_eq!(server.end_reason(&elsewhere).await, None);
    old.get("/auth/session").await.expect_session_ended("replaced");
}

#[tokio::test]
async fn r5_1_a_session_records_where_it_was_started() {
    let server = Server::new();
    server.ann().await;
    let answer = server.api().post("/auth/signin", &sign_in_body()).await;
    assert_eq!(answer.body["session"]["ip_address"], "192.0.2.7");
    assert_eq!(answer.body["session"]["user_agent"], "api-client/1.0");
}

#[tokio::test]
async fn an_allowed_origin_signs_in_across_origins() {
    let server = Server::new();
    server.ann().await;
    let app = Browser::new(server.clone(), APP_ORIGIN);
    let answer = app.sign_in_with(&sign_in_body()).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(APP_ORIGIN));
    assert_eq!(answer.body["session"]["delivery"], "cookie");
}
