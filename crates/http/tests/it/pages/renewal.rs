//! Pages are renewed without script: a safe request by a redirect to itself, a form without rotation.

use axum::body::Body;
use axum::http::Method;
use keyturn_core::lifetime::ActivityMode;
use keyturn_core::model::EndReason;
use serde_json::json;

use super::sign_in;
use crate::harness::{EMAIL, PASSWORD, Server, policy, settings};

/// Past the life of an access token, within the idle time-out.
const LATER: i64 = 1_801;

#[tokio::test]
async fn r1_2_a_page_whose_access_token_has_expired_is_renewed_and_sent_to_itself() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    let before = browser.cookie("refresh");
    server.pass(LATER);
    browser
        .get("/account?done=session")
        .await
        .expect_redirect("/account?done=session");
    assert_ne!(browser.cookie("refresh"), before, "it was rotated");
    browser.get("/account").await.expect_page(200, "ann@example.com");
}

#[tokio::test]
async fn r1_2_whoever_comes_to_sign_in_with_a_good_refresh_cookie_is_renewed_and_sent_on() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    server.pass(LATER);
    browser
        .get("/signin?return_to=/tasks")
        .await
        .expect_redirect("/tasks");
    browser
        .get("/signin?return_to=/tasks")
        .await
        .expect_page(200, "You are signed in");
}

#[tokio::test]
async fn r1_2_a_form_sent_with_an_expired_access_token_is_served_without_rotation() {
    let server = Server::new();
    server.ann().await;
    let (browser, other) = (server.browser(), server.browser());
    sign_in(&browser).await;
    server.pass(LATER);
    let elsewhere = other.sign_in().await;
    let before = browser.cookie("refresh");
    browser
        .post_page(&format!("/account/sessions/{elsewhere}/end"), &[])
        .await
        .expect_redirect("/account?done=session");
    assert_eq!(browser.cookie("refresh"), before, "it was not rotated");
    assert_eq!(
        server.end_reason(&elsewhere).await,
        Some(EndReason::SignedOutElsewhere)
    );
    browser.get("/account").await.expect_redirect("/account");
}

#[tokio::test]
async fn r1_5_a_stolen_refresh_token_sends_no_form_and_ends_its_family() {
    let server = Server::new();
    server.ann().await;
    let (browser, other) = (server.browser(), server.browser());
    let session = browser.sign_in().await;
    let elsewhere = other.sign_in().await;
    server.pass(LATER);
    let thief = browser.copy();
    thief.with_jar(|jar| {
        jar.remove("device");
        jar.remove("access");
    });
    thief
        .post_page(&format!("/account/sessions/{elsewhere}/end"), &[])
        .await
        .expect_redirect("/signin?reason=token_reuse&return_to=%2Faccount");
    assert_eq!(server.end_reason(&session).await, Some(EndReason::TokenReuse));
    assert_eq!(server.end_reason(&elsewhere).await, None);
}

#[tokio::test]
async fn r1_5_a_form_with_a_token_rotated_long_ago_ends_the_family() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    let thief = browser.copy();
    for _ in 0..2 {
        server.pass(LATER);
        browser.get("/account").await.expect_redirect("/account");
        browser.get("/account").await.expect_status(200);
    }
    thief
        .post_page("/account/sessions/end", &[("which", "others")])
        .await
        .expect_redirect("/signin?reason=token_reuse&return_to=%2Faccount");
    assert_eq!(server.end_reason(&session).await, Some(EndReason::TokenReuse));
}

#[tokio::test]
async fn r1_6_a_form_is_not_served_once_the_session_is_idle() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    server.pass(3_601);
    browser
        .post_page("/account/sessions/end", &[("which", "all")])
        .await
        .expect_redirect("/signin?reason=idle&return_to=%2Faccount");
    assert_eq!(server.end_reason(&session).await, Some(EndReason::Idle));
}

#[tokio::test]
async fn a_hybrid_session_is_served_pages_without_being_sent_round_in_circles() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let body = json!({ "email": EMAIL, "password": PASSWORD, "delivery": "hybrid" });
    browser.sign_in_with(&body).await;
    let before = browser.cookie("refresh");
    browser.get("/account").await.expect_page(200, "ann@example.com");
    assert_eq!(browser.cookie("refresh"), before);
}

#[tokio::test]
async fn a_lost_access_cookie_is_renewed_by_the_refresh_cookie() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    browser.with_jar(|jar| jar.remove("access"));
    browser.get("/account").await.expect_redirect("/account");
    browser.get("/account").await.expect_page(200, "ann@example.com");
}

#[tokio::test]
async fn r1_6_pages_opened_by_hand_are_activity_where_scripts_must_declare_theirs() {
    let mut declared = policy();
    declared.session.activity = ActivityMode::Declared;
    let server = Server::with(settings(), declared);
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    for _ in 0..4 {
        server.pass(1_700);
        browser.get("/account").await.expect_status(200);
        server.pass(200);
        browser.get("/account").await.expect_redirect("/account");
    }
    assert_eq!(server.end_reason(&session).await, None);
    server.pass(1_700);
    let request = browser
        .request(Method::GET, "/account")
        .header("sec-fetch-dest", "iframe");
    browser
        .send(request.body(Body::empty()).unwrap())
        .await
        .expect_status(200);
    server.pass(2_000);
    browser
        .get("/account")
        .await
        .expect_redirect("/signin?reason=idle&return_to=%2Faccount");
}

#[tokio::test]
async fn activity_on_pages_keeps_a_session_alive() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    for _ in 0..4 {
        server.pass(3_000);
        browser.get("/account").await.expect_redirect("/account");
    }
    assert_eq!(server.end_reason(&session).await, None);
}
