//! `POST /auth/refresh` by browsers.

use std::collections::HashSet;

use axum::body::Body;
use axum::http::Method;
use futures::future::join_all;
use keyturn_core::model::{AccountState, EndReason};
use serde_json::{Value, json};

use crate::harness::{Answer, EMAIL, PASSWORD, Server, with_json};

const TOKEN_COOKIES: [&str; 3] = [
    "__Host-keyturn_access",
    "__Host-keyturn_refresh",
    "__Host-keyturn_device",
];

fn cookie_value(answer: &Answer, name: &str) -> Option<String> {
    let start = format!("{name}=");
    let cookies = answer.set_cookies();
    let cookie = cookies.iter().find_map(|cookie| cookie.strip_prefix(&start))?;
    Some(cookie.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn r3_2_a_refresh_takes_the_cookie_and_sets_the_next() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    let before = (
        browser.cookie("refresh"),
        browser.cookie("access"),
        browser.cookie("device"),
    );
    server.pass(60);
    let answer = browser.refresh().await.expect_status(200);
    assert_eq!(answer.cookie_names(), TOKEN_COOKIES);
    assert_ne!(browser.cookie("refresh"), before.0);
    assert_ne!(browser.cookie("access"), before.1);
    assert_eq!(browser.cookie("device"), before.2, "fixed for the session");
    insta::assert_json_snapshot!(answer.snapshot());
    browser.get("/auth/session").await.expect_status(200);
}

#[tokio::test]
async fn in_hybrid_delivery_the_access_token_is_in_the_body() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let body = json!({ "email": EMAIL, "password": PASSWORD, "delivery": "hybrid" });
    browser.sign_in_with(&body).await;
    server.pass(60);
    let answer = browser.refresh().await.expect_status(200);
    assert_eq!(answer.cookie_names(), TOKEN_COOKIES[1..]);
    let api = server.api();
    api.bear(answer.text_at("/access_token"));
    api.get("/auth/session").await.expect_status(200);
    let held = browser.refresh().await.expect_status(200);
    assert_eq!(held.cookie_names(), Vec::<&str>::new());
    assert!(held.body["access_token"].is_string());
}

#[tokio::test]
async fn r1_2_every_token_answer_says_when_the_next_refresh_is_due() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    let answer = browser.refresh().await.expect_status(200);
    assert_eq!(answer.body["expires_in"], 1800);
    assert_eq!(answer.body["refresh_in"], 1500, "five minutes before it expires");
    assert_eq!(answer.body["next_refresh"], "2026-01-01T00:25:00Z");
    assert_eq!(answer.body["refresh_expires_in"], 3600);
    assert_eq!(answer.body["concurrent_window"], 10);
}

#[tokio::test]
async fn a_held_refresh_sets_the_access_cookie_alone() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    browser.refresh().await.expect_status(200);
    let token = browser.cookie("refresh");
    server.pass(10);
    let held = browser.refresh().await.expect_status(200);
    assert_eq!(held.cookie_names(), TOKEN_COOKIES[..1]);
    assert_eq!(held.body["session"]["generation"], 1);
    server.pass(1);
    let rotated = browser.refresh().await.expect_status(200);
    assert_eq!(rotated.body["session"]["generation"], 2);
    assert_ne!(browser.cookie("refresh"), token);
}

#[tokio::test(flavor = "multi_thread")]
async fn r1_5_sixty_four_refreshes_with_one_cookie_all_get_the_one_successor() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    let tabs: Vec<_> = (0..64).map(|_| browser.copy()).collect();
    let answers = join_all(
        tabs.iter()
            .map(|tab| async move { tab.refresh().await.expect_status(200) }),
    )
    .await;
    let successors: HashSet<_> = answers
        .iter()
        .filter_map(|answer| cookie_value(answer, "__Host-keyturn_refresh"))
        .collect();
    assert_eq!(successors.len(), 1);
    for answer in &answers {
        assert_eq!(answer.body["session"]["generation"], 1);
    }
    assert_eq!(server.end_reason(&session).await, None);
}

#[tokio::test]
async fn a_lost_reply_is_answered_again_with_the_same_successor() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    let lost = browser.copy();
    let unread = lost.refresh().await.expect_status(200);
    server.pass(1_200);
    let again = browser.refresh().await.expect_status(200);
    let name = "__Host-keyturn_refresh";
    assert_eq!(cookie_value(&again, name), cookie_value(&unread, name));
}

#[tokio::test]
async fn r1_5_reusing_a_rotated_cookie_ends_the_family_and_no_other() {
    let server = Server::new();
    server.ann().await;
    let (browser, other) = (server.browser(), server.browser());
    let session = browser.sign_in().await;
    other.sign_in().await;
    let thief = browser.copy();
    for _ in 0..2 {
        server.pass(60);
        browser.refresh().await.expect_status(200);
    }
    let caught = thief.refresh().await.expect_session_ended("token_reuse");
    assert_eq!(
        caught.cookie_names(),
        Vec::<&str>::new(),
        "only a sign-out clears cookies"
    );
    insta::assert_json_snapshot!(caught.snapshot());
    assert_eq!(server.end_reason(&session).await, Some(EndReason::TokenReuse));
    browser
        .get("/auth/session")
        .await
        .expect_session_ended("token_reuse");
    browser.refresh().await.expect_session_ended("token_reuse");
    other.refresh().await.expect_status(200);
}

#[tokio::test]
async fn r3_4_a_refresh_cookie_without_its_device_cookie_ends_the_family() {
    let server = Server::new();
    server.ann().await;
    for device in [None, Some("nonsense"), Some("another's")] {
        let (browser, stranger) = (server.browser(), server.browser());
        let session = browser.sign_in().await;
        stranger.sign_in().await;
        let thief = browser.copy();
        match device {
            None => thief.with_jar(|jar| jar.remove("device")),
            Some("another's") => thief.with_jar(|jar| jar.set("device", stranger.cookie("device"))),
            Some(text) => thief.with_jar(|jar| jar.set("device", text)),
        }
        thief.refresh().await.expect_session_ended("token_reuse");
        assert_eq!(server.end_reason(&session).await, Some(EndReason::TokenReuse));
    }
}

#[tokio::test]
async fn r1_6_a_session_is_served_at_59_59_and_refused_at_60_00() {
    let server = Server::new();
    server.ann().await;
    let (served, refused) = (server.browser(), server.browser());
    served.sign_in().await;
    let session = refused.sign_in().await;
    server.pass(3_599);
    served.refresh().await.expect_status(200);
    server.pass(1);
    let answer = refused.refresh().await.expect_session_ended("idle");
    insta::assert_json_snapshot!(answer.snapshot());
    assert_eq!(server.end_reason(&session).await, Some(EndReason::Idle));
    refused.get("/auth/session").await.expect_session_ended("idle");
}

#[tokio::test]
async fn r1_6_passive_and_idle_refreshes_keep_no_session_alive() {
    let server = Server::new();
    server.ann().await;
    let (passive, idle) = (server.browser(), server.browser());
    passive.sign_in().await;
    idle.sign_in().await;
    server.pass(1_800);
    let request = passive.unsafe_request(Method::POST, "/auth/refresh").await;
    let request = request
        .header("keyturn-passive", "1")
        .body(Body::empty())
        .unwrap();
    let answer = passive.send(request).await.expect_status(200);
    assert_eq!(answer.body["refresh_expires_in"], 1_800);
    let answer = idle
        .post("/auth/refresh", &json!({ "idle_seconds": 1_200 }))
        .await;
    assert_eq!(answer.expect_status(200).body["refresh_expires_in"], 2_400);
    server.pass(1_800);
    passive.refresh().await.expect_session_ended("idle");
    idle.refresh().await.expect_status(200);
}

#[tokio::test]
async fn the_absolute_end_is_the_end() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    for _ in 0..(7 * 24 * 2 - 1) {
        server.pass(1_800);
        browser.refresh().await.expect_status(200);
    }
    server.pass(1_799);
    let last = browser.refresh().await.expect_status(200);
    assert_eq!(
        last.body["expires_in"], 1,
        "an access token never outlives its session"
    );
    server.pass(1);
    browser.refresh().await.expect_session_ended("absolute_end");
}

#[tokio::test]
async fn r1_3_a_non_active_account_cannot_refresh() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    server.set_state(AccountState::Suspended).await;
    browser
        .get("/auth/session")
        .await
        .expect_session_ended("account_state");
    browser.refresh().await.expect_session_ended("account_state");
    server.set_state(AccountState::Active).await;
    browser.refresh().await.expect_session_ended("account_state");
}

#[tokio::test]
async fn a_refresh_without_a_token_or_with_another_thing_is_no_ones() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.refresh().await.expect_problem(401, "token-unknown");
    browser.sign_in().await;
    let good = browser.cookie("refresh");
    let forged = format!("{}{}", &good[..good.len() - 4], "AAAA");
    for text in ["nonsense", "ktr_", forged.as_str()] {
        let stranger = browser.copy();
        stranger.with_jar(|jar| jar.set("refresh", text));
        let csrf = json!({});
        stranger.with_jar(|jar| jar.remove("csrf"));
        stranger
            .post("/auth/refresh", &csrf)
            .await
            .expect_problem(401, "token-unknown");
    }
    browser.refresh().await.expect_status(200);
}

#[tokio::test]
async fn a_token_in_cookie_and_body_is_refused_and_changes_nothing() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    let body = json!({ "refresh_token": browser.cookie("refresh") });
    browser
        .post("/auth/refresh", &body)
        .await
        .expect_problem(400, "ambiguous-credentials");
    assert_eq!(
        browser.refresh().await.expect_status(200).body["session"]["generation"],
        1
    );
}

#[tokio::test]
async fn a_browser_that_presents_a_token_in_the_body_is_refused_and_changes_nothing() {
    let server = Server::new();
    server.ann().await;
    let (api, browser) = (server.api(), server.browser());
    let (session, token) = api.sign_in().await;
    let body = json!({ "refresh_token": token });
    browser
        .post("/auth/refresh", &body)
        .await
        .expect_problem(403, "use-cookie-delivery");
    assert_eq!(server.end_reason(&session).await, None);
    let next = api.refresh(&token).await.expect_status(200);
    assert_eq!(next.body["session"]["generation"], 1, "it had not been used");
}

#[tokio::test]
async fn a_body_sessions_token_in_a_cookie_is_no_ones_and_changes_nothing() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let (_, token) = api.sign_in().await;
    let browser = server.browser();
    browser.sign_in().await;
    browser.with_jar(|jar| {
        jar.set("refresh", token.clone());
        jar.remove("csrf");
    });
    browser.refresh().await.expect_problem(401, "token-unknown");
    let next = api.refresh(&token).await.expect_status(200);
    assert_eq!(next.body["session"]["generation"], 1, "it had not been used");
}

#[tokio::test]
async fn a_bound_sessions_token_in_a_body_is_reuse() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    let stolen = browser.cookie("refresh");
    server
        .api()
        .refresh(&stolen)
        .await
        .expect_session_ended("token_reuse");
    assert_eq!(server.end_reason(&session).await, Some(EndReason::TokenReuse));
}

#[tokio::test]
async fn a_script_with_a_cookie_jar_refreshes_as_its_session_was_delivered() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    let builder = server
        .api()
        .request(Method::POST, "/auth/refresh")
        .header("cookie", browser.jar().header().unwrap())
        .header("x-csrf-token", browser.cookie("csrf"))
        .header("idempotency-key", "short");
    let answer = server
        .send(with_json(builder, &Value::Object(serde_json::Map::new())))
        .await;
    let answer = answer.expect_status(200);
    assert_eq!(answer.cookie_names(), TOKEN_COOKIES);
    assert!(!answer.text.contains("ktr_"));
}
