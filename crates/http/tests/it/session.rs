//! `GET /auth/session`.

use axum::body::Body;
use axum::http::Method;

use crate::harness::{Server, request, sign_in_body};

#[tokio::test]
async fn r2_5_the_context_says_who_is_signed_in() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    server.pass(60);
    browser.refresh().await.expect_status(200);
    insta::assert_json_snapshot!(browser.get("/auth/session").await.expect_status(200).snapshot());
}

#[tokio::test]
async fn r2_5_nobody_is_an_answer_and_not_an_error() {
    let server = Server::new();
    for answer in [
        server.anonymous().get("/auth/session").await,
        server.browser().get("/auth/session").await,
    ] {
        insta::allow_duplicates! {
            insta::assert_json_snapshot!(answer.expect_status(200).snapshot());
        }
    }
}

#[tokio::test]
async fn r4_2_an_expired_access_token_says_that_a_refresh_helps() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let (_, token) = api.sign_in().await;
    server.pass(1_799);
    let passive = api
        .request(Method::GET, "/auth/session")
        .header("keyturn-passive", "1");
    server
        .send(passive.body(Body::empty()).unwrap())
        .await
        .expect_status(200);
    server.pass(1);
    let expired = api
        .get("/auth/session")
        .await
        .expect_problem(401, "token-expired");
    assert_eq!(
        expired.header("www-authenticate"),
        Some(r#"Bearer error="invalid_token", error_description="token-expired""#)
    );
    insta::assert_json_snapshot!(expired.snapshot());
    let next = api.refresh(&token).await.expect_status(200);
    api.bear(next.text_at("/access_token"));
    api.get("/auth/session").await.expect_status(200);
}

#[tokio::test]
async fn r2_4_what_is_no_token_of_ours_is_no_ones() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    let good = browser.cookie("access");
    let tampered = format!("{}AAAA", &good[..good.len() - 4]);
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.";
    for header in [
        "Bearer nonsense",
        "Bearer",
        "Basic YTpi",
        unsigned,
        &format!("Bearer {tampered}"),
        "",
    ] {
        // Beside a good access cookie, which is not asked.
        let request = browser
            .request(Method::GET, "/auth/session")
            .header("authorization", header);
        let answer = browser.send(request.body(Body::empty()).unwrap()).await;
        answer.expect_problem(401, "token-unknown");
    }
    let twice = request(Method::GET, "/auth/session")
        .header("authorization", format!("Bearer {good}"))
        .header("authorization", format!("Bearer {good}"));
    server
        .send(twice.body(Body::empty()).unwrap())
        .await
        .expect_problem(401, "token-unknown");
    let by_header = request(Method::GET, "/auth/session").header("authorization", format!("bearer {good}"));
    server
        .send(by_header.body(Body::empty()).unwrap())
        .await
        .expect_status(200);
}

#[tokio::test]
async fn r1_6_asking_is_activity_unless_it_is_passive() {
    let server = Server::new();
    server.ann().await;
    let (active, passive) = (server.browser(), server.browser());
    active.sign_in().await;
    passive.sign_in().await;
    server.pass(1_200);
    active.get("/auth/session").await.expect_status(200);
    let polling = passive
        .request(Method::GET, "/auth/session")
        .header("keyturn-passive", "1");
    passive
        .send(polling.body(Body::empty()).unwrap())
        .await
        .expect_status(200);
    server.pass(2_400);
    passive.refresh().await.expect_session_ended("idle");
    active.refresh().await.expect_status(200);
}

#[tokio::test]
async fn a_body_sessions_client_is_shown_no_values() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let signed_in = api.post("/auth/signin", &sign_in_body()).await;
    api.bear(signed_in.text_at("/access_token"));
    let context = api.get("/auth/session").await.expect_status(200);
    assert!(!context.text.contains("ktr_") && !context.text.contains("eyJ"));
}
