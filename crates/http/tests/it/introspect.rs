//! `POST /auth/introspect`.

use std::sync::Arc;

use axum::http::{Method, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyturn_core::model::{AccountState, EndReason, ServiceScope, SessionId};
use keyturn_core::ports::SessionStore;
use keyturn_testkit::mem_store::StoreFault;
use serde_json::json;

use crate::harness::{Answer, Api, Server, request, with_form};

const PATH: &str = "/auth/introspect";

fn basic(name: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
}

/// Asks with this `Authorization` header.
async fn ask(server: &Arc<Server>, authorization: &str, fields: &[(&str, &str)]) -> Answer {
    let builder = request(Method::POST, PATH).header(header::AUTHORIZATION, authorization);
    server.send(with_form(builder, fields)).await
}

/// A server, Ann's client with its refresh token, and the header of a service that may ask.
async fn asked() -> (Arc<Server>, Api, String, String) {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    let (_, refresh) = api.sign_in().await;
    let secret = server.service("api", &[ServiceScope::Introspect]).await;
    (server, api, refresh, basic("api", &secret))
}

#[track_caller]
fn inactive(answer: Answer) {
    let answer = answer.expect_status(200);
    assert_eq!(answer.body, json!({ "active": false }));
}

#[tokio::test]
async fn a_service_is_told_what_an_access_token_is_worth() {
    let (server, api, _, service) = asked().await;
    let answer = ask(&server, &service, &[("token", &api.access())])
        .await
        .expect_status(200);
    insta::assert_json_snapshot!(answer.snapshot());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_service_is_told_what_a_refresh_token_is_worth() {
    let (server, _, refresh, service) = asked().await;
    for hint in ["refresh_token", "access_token", "pat", ""] {
        let form = [("token", refresh.as_str()), ("token_type_hint", hint)];
        let answer = ask(&server, &service, &form).await.expect_status(200);
        assert_eq!(answer.body["active"], true, "{hint}");
    }
    let answer = ask(&server, &service, &[("token", &refresh)]).await;
    insta::assert_json_snapshot!(answer.snapshot());
}

#[tokio::test]
async fn credentials_come_by_header_or_form_and_not_by_both() {
    let (server, api, _, _) = asked().await;
    let access = api.access();
    let secret = server.service("other", &[ServiceScope::Introspect]).await;
    let form = [
        ("token", access.as_str()),
        ("client_id", "other"),
        ("client_secret", secret.as_str()),
    ];
    let anonymous = request(Method::POST, PATH);
    let answer = server.send(with_form(anonymous, &form)).await.expect_status(200);
    assert_eq!(answer.body["active"], true);
    for header in [basic("other", &secret), format!("Bearer {access}")] {
        let both = ask(&server, &header, &form).await;
        both.expect_oauth_error(400, "invalid_request");
    }
    let encoded = format!(
        "Basic {}",
        STANDARD.encode(format!("other:{}", secret.replace('_', "%5F")))
    );
    let answer = ask(&server, &encoded, &[("token", &access)]).await;
    assert_eq!(answer.expect_status(200).body["active"], true);
}

#[tokio::test]
async fn who_may_not_ask_is_told_so_and_nothing_else() {
    let (server, api, _, service) = asked().await;
    let access = api.access();
    let starter = server.service("starter", &[ServiceScope::SessionStart]).await;
    let token = [("token", access.as_str())];
    for header in [
        basic("api", "kts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        basic("starter", "a password"),
        basic("somebody", &service),
        "Basic ???".to_owned(),
        "Basic".to_owned(),
        basic("api", ""),
        "Digest abc".to_owned(),
    ] {
        let answer = ask(&server, &header, &token).await;
        let answer = answer.expect_oauth_error(401, "invalid_client");
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Basic realm=\"keyturn\""),
            "{header}"
        );
    }
    let nobody = server.send(with_form(request(Method::POST, PATH), &token)).await;
    nobody.expect_oauth_error(401, "invalid_client");
    let lacks = ask(&server, &basic("starter", &starter), &token).await;
    lacks.expect_oauth_error(403, "insufficient_scope");
    let stranger = ask(&server, "Bearer a.b.c", &token).await;
    let stranger = stranger.expect_oauth_error(401, "invalid_token");
    assert!(
        stranger
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer error=")
    );
    let refresh_as_bearer = ask(&server, &format!("Bearer {}", api.sign_in().await.1), &token).await;
    refresh_as_bearer.expect_oauth_error(401, "invalid_token");
}

#[tokio::test]
async fn without_a_token_and_without_a_form_nothing_is_judged() {
    let (server, api, _, service) = asked().await;
    for form in [&[][..], &[("token", "")], &[("tokens", "abc")]] {
        let answer = ask(&server, &service, form).await;
        answer.expect_oauth_error(400, "invalid_request");
    }
    let json = json!({ "token": api.access() });
    api.post(PATH, &json)
        .await
        .expect_oauth_error(400, "invalid_request");
}

#[tokio::test]
async fn whoever_has_an_access_token_may_ask_about_the_tokens_of_its_session_alone() {
    let (server, api, refresh, service) = asked().await;
    let other = server.api();
    let (_, other_refresh) = other.sign_in().await;
    let mine = format!("Bearer {}", api.access());
    for token in [api.access(), refresh.clone()] {
        let answer = ask(&server, &mine, &[("token", &token)]).await.expect_status(200);
        assert_eq!(answer.body["active"], true);
    }
    for token in [other.access(), other_refresh, "no token".to_owned()] {
        inactive(ask(&server, &mine, &[("token", &token)]).await);
    }
    server.pass(31 * 60);
    let expired = ask(&server, &mine, &[("token", &refresh)]).await;
    expired.expect_oauth_error(401, "invalid_token");
    inactive(ask(&server, &service, &[("token", &api.access())]).await);
    api.post("/auth/signout", &json!({ "refresh_token": refresh }))
        .await
        .expect_status(204);
    let ended = ask(&server, &mine, &[("token", &refresh)]).await;
    let ended = ended.expect_oauth_error(401, "invalid_token");
    assert_eq!(ended.body["reason"], "signed_out");
}

#[tokio::test]
async fn what_is_not_good_is_inactive_and_nothing_more_is_said() {
    let (server, api, refresh, service) = asked().await;
    let (access, spoiled) = (api.access(), format!("{}x", api.access()));
    let mut forged = refresh.clone();
    forged.truncate(refresh.len() - 3);
    forged.push_str("AAA");
    for token in ["nonsense", "ktr_nonsense", &spoiled, &forged] {
        inactive(ask(&server, &service, &[("token", token)]).await);
    }
    server.set_state(AccountState::Suspended).await;
    for token in [&access, &refresh] {
        inactive(ask(&server, &service, &[("token", token)]).await);
    }
}

#[tokio::test]
async fn an_end_is_felt_at_once() {
    let (server, api, refresh, service) = asked().await;
    let access = api.access();
    let answer = ask(&server, &service, &[("token", &access)]).await;
    assert_eq!(answer.body["active"], true);
    api.post("/auth/signout", &json!({ "refresh_token": refresh }))
        .await
        .expect_status(204);
    for token in [&access, &refresh] {
        inactive(ask(&server, &service, &[("token", token)]).await);
    }
}

/// An old generation is inactive, its family lives; the immediate predecessor can still be replayed afterwards, and what is due is not
/// recorded by asking.
#[tokio::test]
async fn asking_has_no_effect_on_the_family() {
    let (server, api, first, service) = asked().await;
    let key = "0b6f2b1e-first-attempt";
    let second = api.refresh_with_key(&first, key).await.expect_status(200);
    let id = second.text_at("/session/id");
    let second = second.text_at("/refresh_token");
    inactive(ask(&server, &service, &[("token", &first)]).await);
    let replayed = api.refresh_with_key(&first, key).await.expect_status(200);
    assert_eq!(replayed.text_at("/refresh_token"), second);
    let third = api
        .refresh(&second)
        .await
        .expect_status(200)
        .text_at("/refresh_token");
    let before = stored(&server, &id).await;
    for token in [&first, &second, &third] {
        ask(&server, &service, &[("token", token)])
            .await
            .expect_status(200);
    }
    assert_eq!(stored(&server, &id).await, before);
    assert_eq!(server.end_reason(&id).await, None);
    api.refresh(&third).await.expect_status(200);
}

#[tokio::test]
async fn asking_is_no_activity_and_records_no_end() {
    let (server, api, refresh, service) = asked().await;
    let id = {
        let context = api.get("/auth/session").await.expect_status(200);
        context.text_at("/session/id")
    };
    server.pass(25 * 60);
    for _ in 0..3 {
        let bearer = format!("Bearer {}", api.access());
        ask(&server, &bearer, &[("token", &refresh)])
            .await
            .expect_status(200);
        ask(&server, &service, &[("token", &api.access())])
            .await
            .expect_status(200);
    }
    server.pass(35 * 60);
    inactive(ask(&server, &service, &[("token", &refresh)]).await);
    assert_eq!(server.end_reason(&id).await, None, "asking records nothing");
    api.refresh(&refresh).await.expect_session_ended("idle");
    assert_eq!(server.end_reason(&id).await, Some(EndReason::Idle));
}

/// A generation that introspection alone has met is not one that its owner was seen to use: the lost answer can be repeated.
#[tokio::test]
async fn a_generation_that_was_asked_about_is_not_seen_in_use() {
    let (server, api, first, service) = asked().await;
    let key = "5d1c9a40-one-and-the-same";
    let lost = api.refresh_with_key(&first, key).await.expect_status(200);
    ask(&server, &service, &[("token", &lost.text_at("/access_token"))])
        .await
        .expect_status(200);
    server.pass(120);
    let again = api.refresh_with_key(&first, key).await.expect_status(200);
    assert_eq!(again.text_at("/refresh_token"), lost.text_at("/refresh_token"));
}

#[tokio::test]
async fn cookies_mean_nothing_here() {
    let (server, _, _, _) = asked().await;
    let browser = server.browser();
    browser.sign_in().await;
    let token = [("token", "anything")];
    let answer = browser.post_form(PATH, &token).await;
    answer.expect_oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn storage_that_is_down_is_503_and_never_inactive() {
    let (server, _, refresh, service) = asked().await;
    server.store.set_down(true);
    let answer = ask(&server, &service, &[("token", &refresh)]).await;
    answer.expect_oauth_error(503, "temporarily_unavailable");
    server.store.set_down(false);
    server.store.fail_next(StoreFault::Unavailable);
    let answer = ask(&server, &service, &[("token", &refresh)])
        .await
        .expect_status(200);
    assert_eq!(
        answer.body["active"], true,
        "asking writes nothing that could fail"
    );
}

async fn stored(server: &Server, id: &str) -> String {
    let id: SessionId = id.parse().unwrap();
    format!(
        "{:?}",
        server.store.find_session(id).await.unwrap().unwrap().session
    )
}
