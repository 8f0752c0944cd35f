//! `POST /auth/revoke`.

use axum::http::{Method, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyturn_core::model::{EndReason, ServiceScope};

use crate::harness::{Server, request, with_form};

const PATH: &str = "/auth/revoke";

#[tokio::test]
async fn r3_3_possession_of_a_refresh_token_of_any_generation_suffices() {
    let server = Server::new();
    server.ann().await;
    for generations in [0, 1, 3] {
        let api = server.api();
        let (id, first) = api.sign_in().await;
        let mut newest = first.clone();
        for _ in 0..generations {
            newest = api
                .refresh(&newest)
                .await
                .expect_status(200)
                .text_at("/refresh_token");
        }
        let form = [("token", first.as_str()), ("token_type_hint", "refresh_token")];
        let answer = server.api().post_form(PATH, &form).await.expect_status(200);
        assert_eq!(answer.text, "");
        assert_eq!(server.end_reason(&id).await, Some(EndReason::SignedOut));
        api.refresh(&newest).await.expect_session_ended("signed_out");
        api.get("/auth/session").await.expect_session_ended("signed_out");
    }
}

#[tokio::test]
async fn an_access_token_ends_its_session_until_it_has_been_expired_for_as_long_as_it_lived() {
    for (age, ends) in [(0, true), (45 * 60, true), (61 * 60, false)] {
        let server = Server::new();
        server.ann().await;
        let api = server.api();
        let (id, _) = api.sign_in().await;
        let access = api.access();
        server.pass(age);
        let form = [("token", access.as_str()), ("token_type_hint", "access_token")];
        server.api().post_form(PATH, &form).await.expect_status(200);
        let reason = ends.then_some(EndReason::SignedOut);
        assert_eq!(server.end_reason(&id).await, reason, "{age}");
    }
}

#[tokio::test]
async fn what_is_no_ones_or_over_is_answered_like_any_other() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let (_, refresh) = api.sign_in().await;
    for token in ["nonsense", "ktr_nonsense", "a.b.c", &refresh, &refresh] {
        let form = [("token", token), ("token_type_hint", "unheard_of")];
        server.api().post_form(PATH, &form).await.expect_status(200);
    }
}

#[tokio::test]
async fn a_service_secret_is_no_token_and_a_missing_one_is_said() {
    let server = Server::new();
    let secret = server.service("api", &[ServiceScope::Introspect]).await;
    let answer = server.api().post_form(PATH, &[("token", &secret)]).await;
    answer.expect_oauth_error(400, "unsupported_token_type");
    for form in [&[][..], &[("token", "")]] {
        let answer = server.api().post_form(PATH, form).await;
        answer.expect_oauth_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_service_may_send_its_credentials_and_wrong_ones_change_nothing() {
    let server = Server::new();
    server.ann().await;
    let (id, refresh) = server.api().sign_in().await;
    let secret = server.service("starter", &[ServiceScope::SessionStart]).await;
    let header = |secret: &str| format!("Basic {}", STANDARD.encode(format!("starter:{secret}")));
    let token = [("token", refresh.as_str())];
    let send = |authorization: String| {
        let builder = request(Method::POST, PATH).header(header::AUTHORIZATION, authorization);
        server.send(with_form(builder, &token))
    };
    send(header("kts_wrong"))
        .await
        .expect_oauth_error(401, "invalid_client");
    assert_eq!(server.end_reason(&id).await, None);
    send(header(&secret)).await.expect_status(200);
    assert_eq!(server.end_reason(&id).await, Some(EndReason::SignedOut));
}

#[tokio::test]
async fn cookies_mean_nothing_here() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let id = browser.sign_in().await;
    let token = [("token", "nonsense")];
    browser.post_form(PATH, &token).await.expect_status(200);
    assert_eq!(server.end_reason(&id).await, None);
    let elsewhere = request(Method::POST, PATH).header(header::ORIGIN, "https://evil.example");
    let answer = server.send(with_form(elsewhere, &token)).await;
    answer.expect_oauth_error(403, "access_denied");
}
