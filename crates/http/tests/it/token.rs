//! `POST /auth/token`.

use axum::body::Body;
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyturn_core::model::{AccountState, EndReason, ServiceScope};
use keyturn_testkit::mem_store::StoreFault;

use crate::harness::{Api, Browser, EMAIL, NATIVE_ORIGIN, PASSWORD, Server, with_form};

const TOKEN: &str = "/auth/token";

fn password() -> [(&'static str, &'static str); 3] {
    [
        ("grant_type", "password"),
        ("username", EMAIL),
        ("password", PASSWORD),
    ]
}

fn refresh(token: &str) -> [(&str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", token)]
}

async fn signed_in(server: &std::sync::Arc<Server>) -> (Api, String) {
    server.ann().await;
    let api = server.api();
    let answer = api.post_form(TOKEN, &password()).await.expect_status(200);
    let token = answer.text_at("/refresh_token");
    (api, token)
}

async fn browser_signed_in(server: &std::sync::Arc<Server>) -> Browser {
    server.ann().await;
    let browser = server.browser();
    browser.post_form(TOKEN, &password()).await.expect_status(200);
    browser
}

#[tokio::test]
async fn r3_1_a_password_is_answered_with_both_tokens() {
    let server = Server::new();
    server.ann().await;
    let answer = server
        .api()
        .post_form(TOKEN, &password())
        .await
        .expect_status(200);
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    insta::assert_json_snapshot!(answer.snapshot());
    let api = server.api();
    api.bear(answer.text_at("/access_token"));
    api.get("/auth/session").await.expect_status(200);
}

#[tokio::test]
async fn r3_1_the_form_of_fastapi_is_understood() {
    let server = Server::new();
    server.ann().await;
    for form in [
        &[
            ("grant_type", "password"),
            ("username", "ann"),
            ("password", PASSWORD),
            ("scope", ""),
            ("client_id", "string"),
            ("client_secret", ""),
        ][..],
        &[("username", EMAIL), ("password", PASSWORD)],
        &[
            ("grant_type", ""),
            ("username", EMAIL),
            ("password", PASSWORD),
            ("unheard_of", "1"),
        ],
    ] {
        server.api().post_form(TOKEN, form).await.expect_status(200);
    }
}

#[tokio::test]
async fn r3_1_an_authorization_header_of_another_sign_in_is_passed_over() {
    let server = Server::new();
    server.ann().await;
    for header in [
        "Bearer eyJhbGciOiJIUzI1NiJ9.e30.old",
        "Basic Og==",
        "Basic c3dhZ2dlcjo=",
    ] {
        let builder = crate::harness::request(Method::POST, TOKEN).header("authorization", header);
        server
            .send(with_form(builder, &password()))
            .await
            .expect_status(200);
    }
}

/// RFC 6749 §3.3: scopes that differ from what was asked for are told.
#[tokio::test]
async fn who_asks_for_scopes_is_told_that_none_are_granted() {
    let server = Server::new();
    server.ann().await;
    let with_scope = |form: &[(&'static str, &str)], scope: &'static str| {
        let mut form: Vec<_> = form
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        form.push(("scope", scope.to_owned()));
        form
    };
    let api = server.api();
    let mut refresh_token = String::new();
    for (asked, told) in [("", None), ("tasks", Some("")), ("openid profile", Some(""))] {
        for grant in ["password", "refresh_token"] {
            let form = match grant {
                "password" => with_scope(&password(), asked),
                _ => with_scope(&[("grant_type", grant), ("refresh_token", &refresh_token)], asked),
            };
            let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = api.post_form(TOKEN, &form).await.expect_status(200);
            assert_eq!(answer.body["scope"].as_str(), told, "{grant} {asked}");
            refresh_token = answer.text_at("/refresh_token");
        }
    }
}

#[tokio::test]
async fn a_services_credentials_are_right_ones_and_change_nothing() {
    let server = Server::new();
    server.ann().await;
    let secret = server.service("app", &[ServiceScope::Introspect]).await;
    let basic = |name: &str| format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")));
    for (name, status) in [("app", 200), ("another", 401)] {
        let builder = crate::harness::request(Method::POST, TOKEN).header("authorization", basic(name));
        server
            .send(with_form(builder, &password()))
            .await
            .expect_status(status);
    }
    let mut form = password().to_vec();
    form.extend([("client_id", "app"), ("client_secret", secret.as_str())]);
    server.api().post_form(TOKEN, &form).await.expect_status(200);
}

#[tokio::test]
async fn r3_1_client_credentials_that_are_nobodys_are_refused() {
    let server = Server::new();
    server.ann().await;
    let basic = format!("Basic {}", STANDARD.encode("app:a secret"));
    for header in [basic.as_str(), "Basic", "Basic ???"] {
        let builder = crate::harness::request(Method::POST, TOKEN).header("authorization", header);
        let answer = server.send(with_form(builder, &password())).await;
        let answer = answer.expect_oauth_error(401, "invalid_client");
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Basic realm=\"keyturn\""),
            "{header}"
        );
    }
    let mut form = password().to_vec();
    form.extend([("client_id", "app"), ("client_secret", "a secret")]);
    let answer = server.api().post_form(TOKEN, &form).await;
    answer.expect_oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn r3_1_what_is_no_grant_is_refused_as_rfc_6749_says() {
    let server = Server::new();
    let (api, _) = signed_in(&server).await;
    let secret = "hunter2-the-password";
    for (body, error) in [
        ("", "invalid_request"),
        ("grant_type=password", "invalid_request"),
        ("grant_type=password&username=ann", "invalid_request"),
        (
            "grant_type=password&password=hunter2-the-password",
            "invalid_request",
        ),
        ("username=ann", "invalid_request"),
        ("grant_type=refresh_token", "invalid_request"),
        ("grant_type=refresh_token&refresh_token=", "invalid_request"),
        (
            "grant_type=password&username=ann&username=ann&password=hunter2-the-password",
            "invalid_request",
        ),
        (
            "grant_type=password&grant_type=password&username=ann&password=hunter2-the-password",
            "invalid_request",
        ),
        (
            "grant_type=password&username=ann&password=hunter2-the-password%ff",
            "invalid_request",
        ),
        ("grant_type=client_credentials", "unsupported_grant_type"),
        ("grant_type=authorization_code&code=x", "unsupported_grant_type"),
        (
            "grant_type=Password&username=ann&password=hunter2-the-password",
            "unsupported_grant_type",
        ),
        (
            "grant_type=refresh_token&refresh_token=ktr_nothing",
            "invalid_grant",
        ),
    ] {
        let builder = api
            .request(Method::POST, TOKEN)
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let answer = server.anonymous().send(builder, Body::from(body)).await;
        let answer = answer.expect_oauth_error(400, error);
        assert!(!answer.text.contains(secret), "{body}: {}", answer.text);
    }
    for (media_type, body) in [
        ("application/json", r#"{"grant_type":"password"}"#),
        ("text/plain", "grant_type=password"),
        ("multipart/form-data; boundary=x", "--x--"),
    ] {
        let builder = api
            .request(Method::POST, TOKEN)
            .header("content-type", media_type);
        let answer = server.anonymous().send(builder, Body::from(body)).await;
        answer.expect_oauth_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn r3_1_who_is_not_let_in_has_no_good_grant() {
    let server = Server::new();
    server.ann().await;
    for (name, given) in [
        (EMAIL, "a wrong and hasty phrase"),
        ("nobody", PASSWORD),
        ("no body", PASSWORD),
    ] {
        let form = [
            ("grant_type", "password"),
            ("username", name),
            ("password", given),
        ];
        let answer = server.api().post_form(TOKEN, &form).await;
        let answer = answer.expect_oauth_error(400, "invalid_grant");
        assert_eq!(answer.body["code"], "invalid-credentials", "{name}");
    }
    server.set_state(AccountState::Suspended).await;
    let answer = server.api().post_form(TOKEN, &password()).await;
    let answer = answer.expect_oauth_error(400, "invalid_grant");
    assert_eq!(answer.body["account_state"], "suspended");
}

#[tokio::test]
async fn r3_1_a_refresh_token_is_answered_with_the_next_pair() {
    let server = Server::new();
    let (api, first) = signed_in(&server).await;
    let answer = api.post_form(TOKEN, &refresh(&first)).await.expect_status(200);
    assert_eq!(answer.body["session"]["generation"], 1);
    let second = answer.text_at("/refresh_token");
    assert_ne!(first, second);
    api.post_form(TOKEN, &refresh(&second)).await.expect_status(200);
    let refused = api.post_form(TOKEN, &refresh(&first)).await;
    let refused = refused.expect_oauth_error(400, "invalid_grant");
    assert_eq!(refused.body["reason"], "token_reuse");
    let session = answer.text_at("/session/id");
    assert_eq!(server.end_reason(&session).await, Some(EndReason::TokenReuse));
}

#[tokio::test]
async fn r3_1_an_attempt_that_is_repeated_gets_the_same_pair_again() {
    let server = Server::new();
    let (api, first) = signed_in(&server).await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let builder = api
            .request(Method::POST, TOKEN)
            .header("idempotency-key", "one attempt of this client");
        let answer = server.send(with_form(builder, &refresh(&first))).await;
        answers.push(answer.expect_status(200).text_at("/refresh_token"));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn r3_1_a_browser_gets_the_access_token_alone_and_keeps_the_refresh_token_in_its_cookie() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let answer = browser.post_form(TOKEN, &password()).await.expect_status(200);
    insta::assert_json_snapshot!(answer.snapshot());
    assert!(answer.header("x-csrf-token").is_some());
    let first = browser.cookie("refresh");
    let next = browser
        .post_form(TOKEN, &[("grant_type", "refresh_token")])
        .await
        .expect_status(200);
    assert!(next.body["access_token"].is_string());
    assert_ne!(browser.cookie("refresh"), first);
}

#[tokio::test]
async fn r3_2_a_browser_of_the_token_endpoint_refreshes_by_the_native_route_too() {
    let server = Server::new();
    let browser = browser_signed_in(&server).await;
    let answer = browser.refresh().await.expect_status(200);
    assert_eq!(answer.body["session"]["delivery"], "hybrid");
    browser.sign_out().await.expect_status(204);
}

#[tokio::test]
async fn a_browser_presents_no_refresh_token_in_a_form() {
    let server = Server::new();
    let (_, token) = signed_in(&server).await;
    let answer = server.browser().post_form(TOKEN, &refresh(&token)).await;
    let answer = answer.expect_oauth_error(400, "invalid_request");
    assert_eq!(answer.body["code"], "use-cookie-delivery");
    let builder = server
        .api()
        .request(Method::POST, TOKEN)
        .header("origin", NATIVE_ORIGIN);
    server
        .send(with_form(builder, &refresh(&token)))
        .await
        .expect_status(200);
}

#[tokio::test]
async fn r1_4_no_other_origins_page_gets_or_refreshes_tokens() {
    let server = Server::new();
    let browser = browser_signed_in(&server).await;
    let before = browser.cookie("refresh");
    for form in [&password()[..], &[("grant_type", "refresh_token")]] {
        let builder = crate::harness::request(Method::POST, TOKEN)
            .header("origin", "https://evil.example")
            .header("cookie", browser.jar().header().unwrap());
        let answer = server.send(with_form(builder, form)).await;
        let answer = answer.expect_oauth_error(403, "access_denied");
        assert_eq!(answer.cookie_names(), Vec::<&str>::new());
    }
    assert_eq!(browser.cookie("refresh"), before);
    browser.refresh().await.expect_status(200);
}

#[tokio::test]
async fn r3_1_too_many_attempts_are_answered_429_and_when_to_come_back() {
    let server = Server::new();
    server.ann().await;
    let wrong = [
        ("grant_type", "password"),
        ("username", EMAIL),
        ("password", "a guess"),
    ];
    for _ in 0..10 {
        let answer = server.api().post_form(TOKEN, &wrong).await;
        answer.expect_oauth_error(400, "invalid_grant");
    }
    let answer = server.api().post_form(TOKEN, &wrong).await;
    let answer = answer.expect_oauth_error(429, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("300"));
}

#[tokio::test]
async fn i9_storage_down_is_no_verdict_on_a_grant() {
    let server = Server::new();
    let (api, token) = signed_in(&server).await;
    server.store.fail_next(StoreFault::Unavailable);
    let answer = api.post_form(TOKEN, &refresh(&token)).await;
    answer.expect_oauth_error(503, "temporarily_unavailable");
    api.post_form(TOKEN, &refresh(&token)).await.expect_status(200);
}
