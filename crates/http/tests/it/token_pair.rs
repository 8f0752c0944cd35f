//! `POST /login`, `/generateTokens`, `/refresh`, `/logout`.

use axum::http::Method;
use keyturn_core::model::{AccountState, EndReason};
use keyturn_http::{EdgeSettings, TokenPairSettings};
use serde_json::{Value, json};

use crate::harness::{
    Answer, Api, EMAIL, NATIVE_ORIGIN, PASSWORD, PUBLIC_URL, Server, policy, settings, with_json,
};

fn login() -> Value {
    json!({ "username": "ann", "password": PASSWORD })
}

fn token(text: &str) -> Value {
    json!({ "refresh_token": text })
}

/// Ann's client, and her first pair.
async fn logged_in(server: &std::sync::Arc<Server>) -> (Api, Answer) {
    server.ann().await;
    let api = server.api();
    let pair = api.post("/login", &login()).await.expect_status(200);
    (api, pair)
}

async fn session_of(api: &Api, access_token: &str) -> String {
    api.bear(access_token);
    api.get("/auth/session")
        .await
        .expect_status(200)
        .text_at("/session/id")
}

fn with(pair: TokenPairSettings) -> std::sync::Arc<Server> {
    let settings = EdgeSettings {
        token_pair: pair,
        ..settings()
    };
    Server::with(settings, policy())
}

#[tokio::test]
async fn r4_1_a_log_in_is_answered_with_both_tokens_and_stored_as_a_session() {
    let server = Server::new();
    let (api, pair) = logged_in(&server).await;
    insta::assert_json_snapshot!(pair.snapshot());
    let session = session_of(&api, &pair.text_at("/access_token")).await;
    assert_eq!(server.end_reason(&session).await, None);
}

#[tokio::test]
async fn r4_1_a_username_may_be_an_email_and_the_body_a_form() {
    let server = Server::new();
    server.ann().await;
    let by_email = json!({ "username": EMAIL, "password": PASSWORD });
    server.api().post("/login", &by_email).await.expect_status(200);
    let form = [("username", "ann"), ("password", PASSWORD)];
    let pair = server.api().post_form("/login", &form).await.expect_status(200);
    let refresh = pair.text_at("/refresh_token");
    let form = [("refresh_token", refresh.as_str())];
    server.api().post_form("/refresh", &form).await.expect_status(200);
}

#[tokio::test]
async fn r4_1_a_wrong_password_is_401_and_so_is_an_unknown_name() {
    let server = Server::new();
    server.ann().await;
    for (username, password) in [("ann", "a wrong and hasty phrase"), ("nobody", PASSWORD)] {
        let body = json!({ "username": username, "password": password });
        let answer = server.api().post("/login", &body).await;
        answer.expect_problem(401, "invalid-credentials");
    }
}

#[tokio::test]
async fn r4_3_a_refresh_token_is_answered_with_a_new_pair_and_is_good_no_longer() {
    for route in ["/generateTokens", "/refresh"] {
        let server = Server::new();
        let (api, pair) = logged_in(&server).await;
        let first = pair.text_at("/refresh_token");
        let next = api.post(route, &token(&first)).await.expect_status(200);
        if route == "/generateTokens" {
            insta::assert_json_snapshot!(next.snapshot());
        }
        let session = session_of(&api, &next.text_at("/new_access_token")).await;
        let second = next.text_at("/new_refresh_token");
        api.post(route, &token(&second)).await.expect_status(200);
        let reused = api.post(route, &token(&first)).await;
        let reused = reused.expect_problem(403, "session-ended");
        assert_eq!(reused.body["reason"], "token_reuse", "{route}");
        assert_eq!(server.end_reason(&session).await, Some(EndReason::TokenReuse));
    }
}

#[tokio::test]
async fn r4_3_an_attempt_that_is_repeated_gets_the_same_pair_again() {
    let server = Server::new();
    let (api, pair) = logged_in(&server).await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let builder = api
            .request(Method::POST, "/generateTokens")
            .header("idempotency-key", "one attempt of this client");
        let answer = api.send(builder, &token(&pair.text_at("/refresh_token"))).await;
        answers.push(answer.expect_status(200).text_at("/new_refresh_token"));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn r4_4_every_known_token_that_is_refused_is_403_with_its_reason() {
    for (reason, seconds) in [("idle", 3_600), ("absolute_end", 7 * 24 * 3_600)] {
        let mut policy = policy();
        policy.session.idle_timeout = policy.session.absolute_timeout.min(match reason {
            "idle" => policy.session.idle_timeout,
            _ => policy.session.absolute_timeout,
        });
        let server = Server::with(settings(), policy);
        let (api, pair) = logged_in(&server).await;
        server.pass(seconds - 1);
        let next = api
            .post("/refresh", &token(&pair.text_at("/refresh_token")))
            .await;
        let next = next.expect_status(200).text_at("/new_refresh_token");
        server.pass(seconds);
        for _ in 0..2 {
            let refused = api.post("/refresh", &token(&next)).await;
            let refused = refused.expect_problem(403, "session-ended");
            assert_eq!(refused.body["reason"], reason);
        }
        api.post("/login", &login()).await.expect_status(200);
    }
    let server = Server::new();
    let (api, pair) = logged_in(&server).await;
    server.set_state(AccountState::Suspended).await;
    let refused = api
        .post("/refresh", &token(&pair.text_at("/refresh_token")))
        .await;
    let refused = refused.expect_problem(403, "session-ended");
    assert_eq!(refused.body["reason"], "account_state");
}

#[tokio::test]
async fn r4_4_an_unknown_token_is_401() {
    let server = Server::new();
    let (api, pair) = logged_in(&server).await;
    let mut forged = pair.text_at("/refresh_token");
    let last = if forged.pop() == Some('A') { 'E' } else { 'A' };
    forged.push(last);
    for text in ["", "ktr_nothing", "a JWT of old", forged.as_str()] {
        for route in ["/generateTokens", "/refresh"] {
            let answer = api.post(route, &token(text)).await;
            answer.expect_problem(401, "token-unknown");
        }
    }
    api.post("/refresh", &token(&pair.text_at("/refresh_token")))
        .await
        .expect_status(200);
}

#[tokio::test]
async fn logging_out_ends_the_session_by_either_token() {
    for by_refresh_token in [true, false] {
        let server = Server::new();
        let (api, pair) = logged_in(&server).await;
        let (access, refresh) = (pair.text_at("/access_token"), pair.text_at("/refresh_token"));
        let session = session_of(&api, &access).await;
        let answer = if by_refresh_token {
            server.api().post("/logout", &token(&refresh)).await
        } else {
            let builder = api.request(Method::POST, "/logout");
            server.anonymous().send(builder, "").await
        };
        answer.expect_status(204);
        assert_eq!(server.end_reason(&session).await, Some(EndReason::SignedOut));
        let refused = api.post("/refresh", &token(&refresh)).await;
        refused.expect_problem(403, "session-ended");
        server
            .api()
            .post("/logout", &token(&refresh))
            .await
            .expect_status(204);
    }
    let server = Server::new();
    server.api().post("/logout", &json!({})).await.expect_status(204);
}

#[tokio::test]
async fn logging_out_takes_no_cookie_for_a_credential() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    let builder = server
        .api()
        .request(Method::POST, "/logout")
        .header("cookie", browser.jar().header().unwrap());
    server
        .send(with_json(builder, &json!({})))
        .await
        .expect_status(204);
    assert_eq!(server.end_reason(&session).await, None);
}

#[tokio::test]
async fn a_browser_is_sent_to_cookies_unless_it_is_let_in() {
    let server = Server::new();
    let (_, pair) = logged_in(&server).await;
    let refresh = token(&pair.text_at("/refresh_token"));
    let browser = server.browser();
    for (path, body) in [
        ("/login", &login()),
        ("/generateTokens", &refresh),
        ("/refresh", &refresh),
        ("/logout", &refresh),
    ] {
        let answer = browser.post(path, body).await;
        answer.expect_problem(403, "use-cookie-delivery");
    }
    let builder = server
        .api()
        .request(Method::POST, "/refresh")
        .header("origin", NATIVE_ORIGIN);
    server.send(with_json(builder, &refresh)).await.expect_status(200);

    let server = with(TokenPairSettings {
        enabled: true,
        browsers: true,
        ..TokenPairSettings::default()
    });
    server.ann().await;
    let builder = server
        .api()
        .request(Method::POST, "/login")
        .header("origin", PUBLIC_URL);
    let pair = server.send(with_json(builder, &login())).await.expect_status(200);
    assert_eq!(pair.cookie_names(), Vec::<&str>::new());
    let builder = server
        .api()
        .request(Method::POST, "/login")
        .header("origin", "https://evil.example");
    let forged = server.send(with_json(builder, &login())).await;
    forged.expect_problem(403, "csrf-origin");
}

#[tokio::test]
async fn the_routes_have_their_prefix_or_are_not_there() {
    let server = with(TokenPairSettings {
        enabled: true,
        prefix: "/legacy/v1".parse().unwrap(),
        browsers: false,
    });
    server.ann().await;
    let api = server.api();
    let pair = api.post("/legacy/v1/login", &login()).await.expect_status(200);
    let refresh = token(&pair.text_at("/refresh_token"));
    api.post("/legacy/v1/generateTokens", &refresh)
        .await
        .expect_status(200);
    let reused = api.post("/legacy/v1/refresh", &refresh).await;
    reused.expect_problem(403, "session-ended");
    let server = with(TokenPairSettings::default());
    server
        .api()
        .post("/legacy/v1/login", &login())
        .await
        .expect_problem(404, "not-found");
}

#[tokio::test]
async fn a_body_of_another_kind_or_with_other_fields_is_refused() {
    let server = Server::new();
    let api = server.api();
    let builder = api
        .request(Method::POST, "/login")
        .header("content-type", "text/plain");
    let answer = server.anonymous().send(builder, "username=ann").await;
    answer.expect_problem(415, "unsupported-media-type");
    for body in [
        json!({ "username": "ann" }),
        json!({ "username": "ann", "password": "x", "role": "admin" }),
    ] {
        api.post("/login", &body)
            .await
            .expect_problem(422, "invalid-fields");
    }
    for form in [
        &[("username", "ann")][..],
        &[("username", "ann"), ("username", "bob"), ("password", "x")],
    ] {
        api.post_form("/login", form)
            .await
            .expect_problem(422, "invalid-fields");
    }
}
