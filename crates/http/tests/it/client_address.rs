//! Addresses behind proxies, as sessions record them (R5.1).

use axum::http::Method;

use crate::harness::{Server, policy, settings, sign_in_body};

/// The harness connects from 192.0.2.7.
async fn recorded(trusted: &str, forwarded: &str) -> String {
    let mut settings = settings();
    settings.trusted_proxies = vec![trusted.parse().unwrap()];
    let server = Server::with(settings, policy());
    server.ann().await;
    let api = server.api();
    let builder = api
        .request(Method::POST, "/auth/signin")
        .header("x-forwarded-for", forwarded);
    api.send(builder, &sign_in_body())
        .await
        .text_at("/session/ip_address")
}

#[tokio::test]
async fn r5_1_the_address_is_the_right_most_that_no_trusted_proxy_has() {
    for (trusted, forwarded, expected) in [
        ("198.51.100.0/24", "203.0.113.1", "192.0.2.7"),
        ("192.0.2.0/24", "203.0.113.1", "203.0.113.1"),
        ("192.0.2.0/24", "10.0.0.1, 203.0.113.1, 192.0.2.8", "203.0.113.1"),
    ] {
        assert_eq!(
            recorded(trusted, forwarded).await,
            expected,
            "{forwarded} by {trusted}"
        );
    }
}

#[tokio::test]
async fn nothing_is_recorded_where_that_is_switched_off() {
    let mut policy = policy();
    policy.session.record_client = false;
    let server = Server::with(settings(), policy);
    server.ann().await;
    let answer = server
        .api()
        .post("/auth/signin", &sign_in_body())
        .await
        .expect_status(200);
    assert!(answer.body["session"]["ip_address"].is_null());
    assert!(answer.body["session"]["user_agent"].is_null());
}
