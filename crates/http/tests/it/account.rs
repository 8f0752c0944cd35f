//! `/auth/account`, `/auth/account/deactivate`, `/auth/password`.

use axum::http::Method;
use keyturn_core::model::AccountState;
use serde_json::{Value, json};

use crate::harness::{Answer, Api, Browser, EMAIL, PASSWORD, Server, with_json};

const OTHER_PASSWORD: &str = "staple battery horse correct";
const ACCOUNT: &str = "/auth/account";
const DEACTIVATE: &str = "/auth/account/deactivate";
const CHANGE_PASSWORD: &str = "/auth/password";

async fn by_api(api: &Api, method: Method, path: &str, body: &Value) -> Answer {
    api.send(api.request(method, path), body).await
}

async fn by_browser(browser: &Browser, method: Method, path: &str, body: &Value) -> Answer {
    let builder = browser.unsafe_request(method, path).await;
    browser.send(with_json(builder, body)).await
}

fn confirmation(password: &str) -> Value {
    json!({ "current_password": password })
}

/// Ann, signed in twice: by a client and in a browser.
async fn ann() -> (std::sync::Arc<Server>, Api, Browser) {
    let server = Server::new();
    server.ann().await;
    let (api, browser) = (server.api(), server.browser());
    api.sign_in().await;
    browser.sign_in().await;
    (server, api, browser)
}

#[tokio::test]
async fn an_account_is_shown_to_its_person() {
    let (_server, api, browser) = ann().await;
    let shown = api.get(ACCOUNT).await.expect_status(200);
    insta::assert_json_snapshot!(shown.snapshot());
    assert_eq!(browser.get(ACCOUNT).await.expect_status(200).body, shown.body);
}

#[tokio::test]
async fn nobody_has_no_account() {
    let server = Server::new();
    for (method, path) in [
        (Method::GET, ACCOUNT),
        (Method::PATCH, ACCOUNT),
        (Method::DELETE, ACCOUNT),
        (Method::POST, DEACTIVATE),
        (Method::POST, CHANGE_PASSWORD),
        (Method::POST, "/auth/account/email"),
        (Method::GET, "/auth/account/export"),
    ] {
        let answer = by_api(&server.api(), method, path, &json!({})).await;
        answer.expect_problem(401, "credentials-missing");
    }
}

#[tokio::test]
async fn a_name_is_changed_left_alone_and_cleared() {
    let (_server, api, _) = ann().await;
    for (body, username, name) in [
        (
            json!({ "name": "Ann Example" }),
            json!("ann"),
            json!("Ann Example"),
        ),
        (json!({}), json!("ann"), json!("Ann Example")),
        (json!({ "username": "ann" }), json!("ann"), json!("Ann Example")),
        (json!({ "name": null }), json!("ann"), Value::Null),
    ] {
        let answer = by_api(&api, Method::PATCH, ACCOUNT, &body)
            .await
            .expect_status(200);
        assert_eq!(answer.body["username"], username, "{body}");
        assert_eq!(answer.body["name"], name, "{body}");
        assert_eq!(api.get(ACCOUNT).await.body, answer.body, "{body}");
    }
}

#[tokio::test]
async fn a_username_changes_with_the_current_password() {
    let (server, api, _) = ann().await;
    let change = |password: Option<&str>| {
        let mut body = json!({ "username": "Annie" });
        if let Some(password) = password {
            body["current_password"] = json!(password);
        }
        body
    };
    let refused = by_api(&api, Method::PATCH, ACCOUNT, &change(None)).await;
    let refused = refused.expect_problem(422, "invalid-fields");
    assert_eq!(refused.body["errors"][0]["field"], "current_password");
    let wrong = by_api(&api, Method::PATCH, ACCOUNT, &change(Some(OTHER_PASSWORD))).await;
    insta::assert_json_snapshot!(wrong.expect_problem(403, "wrong-password").snapshot());
    let changed = by_api(&api, Method::PATCH, ACCOUNT, &change(Some(PASSWORD))).await;
    assert_eq!(changed.expect_status(200).body["username"], "Annie");
    let by_new = json!({ "username": "annie", "password": PASSWORD });
    server
        .api()
        .post("/auth/signin", &by_new)
        .await
        .expect_status(200);
    let context = api.get("/auth/session").await.expect_status(200);
    assert_eq!(context.body["username"], "Annie", "memory forgot the old one");
}

#[tokio::test]
async fn r2_1_a_taken_username_is_refused() {
    let (server, api, _) = ann().await;
    let bob = json!({ "email": "bob@example.com", "username": "bob", "password": PASSWORD });
    server.api().post("/auth/signup", &bob).await.expect_status(201);
    let body = json!({ "username": "BOB", "current_password": PASSWORD });
    let answer = by_api(&api, Method::PATCH, ACCOUNT, &body).await;
    answer.expect_problem(409, "username-taken");
}

#[tokio::test]
async fn a_profile_takes_no_other_fields_and_no_bad_ones() {
    let (_server, api, _) = ann().await;
    for body in [
        json!({ "permissions": ["admin"] }),
        json!({ "state": "active" }),
        json!({ "email": "other@example.com" }),
        json!({ "metadata": {} }),
        json!({ "name": "a\u{7}b" }),
        json!({ "name": "a".repeat(201) }),
        json!({ "username": "a b", "current_password": PASSWORD }),
    ] {
        let answer = by_api(&api, Method::PATCH, ACCOUNT, &body).await;
        answer.expect_problem(422, "invalid-fields");
    }
    let shown = api.get(ACCOUNT).await;
    assert_eq!(shown.body["permissions"], json!([]));
    assert_eq!(shown.body["username"], "ann");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_keeps_this_one() {
    let (server, api, browser) = ann().await;
    let body = json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD });
    let changed = by_browser(&browser, Method::POST, CHANGE_PASSWORD, &body).await;
    changed.expect_status(204);
    browser.get("/auth/session").await.expect_status(200);
    server.pass(11);
    browser.refresh().await.expect_status(200);
    let other = api.get("/auth/session").await;
    other.expect_session_ended("password_changed");
    let old = json!({ "email": EMAIL, "password": PASSWORD });
    let old = server.api().post("/auth/signin", &old).await;
    old.expect_problem(401, "invalid-credentials");
    let new = json!({ "email": EMAIL, "password": OTHER_PASSWORD });
    server.api().post("/auth/signin", &new).await.expect_status(200);
}

#[tokio::test]
async fn a_new_password_is_judged_and_the_old_one_asked_for() {
    let (_server, api, browser) = ann().await;
    let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    for weak in ["short", "password123", EMAIL] {
        let answer = by_api(&api, Method::POST, CHANGE_PASSWORD, &change(PASSWORD, weak)).await;
        let answer = answer.expect_problem(422, "invalid-fields");
        assert_eq!(answer.body["errors"][0]["field"], "new_password", "{weak}");
    }
    let wrong = change(OTHER_PASSWORD, "a third and quiet phrase");
    let answer = by_api(&api, Method::POST, CHANGE_PASSWORD, &wrong).await;
    answer.expect_problem(403, "wrong-password");
    browser.get("/auth/session").await.expect_status(200);
}

#[tokio::test]
async fn passwords_are_tried_no_more_often_than_at_the_sign_in() {
    let (server, api, browser) = ann().await;
    let wrong = confirmation(OTHER_PASSWORD);
    let mut tries = 0;
    let turned_away = loop {
        let answer = by_api(&api, Method::POST, DEACTIVATE, &wrong).await;
        if answer.status == 429 {
            break answer;
        }
        answer.expect_problem(403, "wrong-password");
        tries += 1;
    };
    assert!(tries <= 10, "{tries}");
    turned_away.expect_problem(429, "too-many-attempts");
    let elsewhere = json!({ "email": EMAIL, "password": PASSWORD });
    let stranger = server.api().post("/auth/signin", &elsewhere).await;
    stranger.expect_problem(429, "too-many-attempts");
    let known_device = by_browser(&browser, Method::DELETE, ACCOUNT, &wrong).await;
    known_device.expect_problem(403, "wrong-password");
}

#[tokio::test]
async fn r2_6_a_person_switches_their_account_off() {
    let (server, api, browser) = ann().await;
    let off = by_browser(&browser, Method::POST, DEACTIVATE, &confirmation(PASSWORD)).await;
    let off = off.expect_status(204);
    assert!(off.header("x-csrf-token").is_some());
    assert!(!off.cookie_names().iter().any(|name| name.contains("refresh")));
    browser
        .get("/auth/session")
        .await
        .expect_session_ended("account_state");
    api.get(ACCOUNT).await.expect_session_ended("account_state");
    let again = json!({ "email": EMAIL, "password": PASSWORD });
    let refused = server.api().post("/auth/signin", &again).await;
    let refused = refused.expect_problem(403, "account-not-active");
    assert_eq!(refused.body["account_state"], "inactive");
    server.set_state(AccountState::Active).await;
    server.api().post("/auth/signin", &again).await.expect_status(200);
}

#[tokio::test]
async fn a_deleted_account_is_over_for_everybody() {
    let (server, api, browser) = ann().await;
    let gone = by_browser(&browser, Method::DELETE, ACCOUNT, &confirmation(PASSWORD)).await;
    gone.expect_status(204);
    browser
        .get("/auth/session")
        .await
        .expect_session_ended("account_deleted");
    browser.refresh().await.expect_session_ended("account_deleted");
    api.get(ACCOUNT).await.expect_session_ended("account_deleted");
    browser.sign_out().await.expect_status(204);
    let again = json!({ "email": EMAIL, "password": PASSWORD });
    let refused = server.api().post("/auth/signin", &again).await;
    refused.expect_problem(401, "invalid-credentials");
    server.ann().await;
    let fresh = server.api();
    fresh.sign_in().await;
    assert_eq!(fresh.get(ACCOUNT).await.body["email"], EMAIL);
}

#[tokio::test]
async fn deletion_asks_for_the_password_and_the_walls() {
    let (_server, api, browser) = ann().await;
    for body in [json!({}), json!({ "current_password": null })] {
        let answer = by_api(&api, Method::DELETE, ACCOUNT, &body).await;
        answer.expect_problem(422, "invalid-fields");
    }
    let wrong = by_api(&api, Method::DELETE, ACCOUNT, &confirmation(OTHER_PASSWORD)).await;
    wrong.expect_problem(403, "wrong-password");
    let unproven = browser.request(Method::DELETE, ACCOUNT);
    let answer = browser.send(with_json(unproven, &confirmation(PASSWORD))).await;
    answer.expect_problem(403, "csrf-invalid");
    api.get(ACCOUNT).await.expect_status(200);
}

#[tokio::test]
async fn r5_1_a_person_takes_everything_along_that_is_kept_about_them() {
    let (server, api, browser) = ann().await;
    browser.sign_out().await.expect_status(204);
    for number in 0..120 {
        let body = json!({ "name": format!("Ann {number}") });
        by_api(&api, Method::PATCH, ACCOUNT, &body)
            .await
            .expect_status(200);
    }
    let bob = json!({ "email": "bob@example.com", "password": PASSWORD });
    server.api().post("/auth/signup", &bob).await.expect_status(201);
    let export = api.get("/auth/account/export").await.expect_status(200);
    let disposition = export.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    assert_eq!(export.body["account"]["email"], EMAIL);
    assert_eq!(export.body["account"]["name"], "Ann 119");
    assert_eq!(export.body["account"]["metadata"], json!({}));
    let sessions = export.body["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    let ends: Vec<_> = sessions
        .iter()
        .filter_map(|session| session["end_reason"].as_str())
        .collect();
    assert_eq!(ends, ["signed_out"]);
    let events = export.body["events"].as_array().unwrap();
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    let changes = kinds.iter().filter(|kind| **kind == "user.updated");
    assert_eq!(changes.count(), 120);
    assert_eq!(kinds[0], "user.created");
    assert!(!export.text.contains("bob@"), "{}", export.text);
    for secret in ["$argon2", "nonce", "hash"] {
        assert!(!export.text.contains(secret), "{secret}");
    }
}
