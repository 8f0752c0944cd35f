//! What administrators do about people who can't help themselves, and who leave: a mailed link to set a password, deletion.

use std::sync::Arc;

use keyturn_core::model::{AccountState, AuditActor, AuditKind};
use keyturn_core::ports::{AuditStore, LetterKind};
use serde_json::json;

use crate::harness::{ADMIN_EMAIL, Api, EMAIL, Letters, PASSWORD, Server};

const OTHER: &str = "another quiet and long phrase";

/// The path of whoever has this email.
async fn path_of(admin: &Api, email: &str) -> String {
    let page = admin.get(&format!("/admin/users?q={email}")).await;
    format!("/admin/users/{}", page.expect_status(200).text_at("/items/0/id"))
}

async fn signs_in(server: &Arc<Server>, password: &str, status: u16) {
    let body = json!({ "email": EMAIL, "password": password });
    let answer = server.api().post("/auth/signin", &body).await;
    answer.expect_status(status);
}

#[tokio::test]
async fn r2_6_an_administrator_has_a_link_mailed_that_sets_a_password() {
    let (server, letters) = Letters::of_server(false);
    let admin = server.admin().await;
    server.ann().await;
    let ann = server.api();
    ann.sign_in().await;
    let path = format!("{}/reset", path_of(&admin, EMAIL).await);
    let sent = admin.post(&path, &json!({})).await.expect_status(202);
    assert!(sent.body.is_null(), "the administrator never sees it");
    ann.get("/auth/session").await.expect_status(200);
    let id = sent.header("x-request-id").unwrap().parse().unwrap();
    let events = server.store.request_audit(&id, 10).await.unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.origin.actor, event.origin.agent.is_some()))
        .collect();
    assert_eq!(told, [(AuditKind::ResetSent, AuditActor::Administrator, true)]);
    let token = letters.token(LetterKind::Reset, "/reset");
    let used = json!({ "token": token, "password": OTHER });
    let reset = server.api().post("/auth/password/reset", &used).await;
    reset.expect_status(204);
    let over = ann.get("/auth/session").await;
    over.expect_session_ended("password_changed");
    signs_in(&server, OTHER, 200).await;
}

#[tokio::test]
async fn r2_6_an_administrator_is_told_why_no_link_is_sent() {
    let (server, letters) = Letters::of_server(false);
    let admin = server.admin().await;
    server.ann().await;
    let path = format!("{}/reset", path_of(&admin, EMAIL).await);
    server.set_state(AccountState::Suspended).await;
    let refused = admin.post(&path, &json!({})).await;
    let refused = refused.expect_problem(409, "reset-refused");
    assert!(refused.body["detail"].as_str().unwrap().contains("suspended"));
    let nameless = json!({ "username": "bob" });
    let created = admin.post("/admin/users", &nameless).await.expect_status(201);
    let path = format!("/admin/users/{}/reset", created.text_at("/id"));
    let refused = admin.post(&path, &json!({})).await;
    refused.expect_problem(409, "reset-refused");
    assert_eq!(letters.sent(), []);
    let silent = Server::new();
    let admin = silent.admin().await;
    let path = format!("{}/reset", path_of(&admin, ADMIN_EMAIL).await);
    let refused = admin.post(&path, &json!({})).await;
    let refused = refused.expect_problem(409, "reset-refused");
    assert!(refused.body["detail"].as_str().unwrap().contains("mail.host"));
}

#[tokio::test]
async fn r2_6_a_new_email_by_an_administrator_voids_every_outstanding_link() {
    let (server, letters) = Letters::of_server(false);
    let admin = server.admin().await;
    server.ann().await;
    let ann = server.api();
    ann.sign_in().await;
    let path = path_of(&admin, EMAIL).await;
    let forgot = json!({ "email": EMAIL });
    server
        .api()
        .post("/auth/password/forgot", &forgot)
        .await
        .expect_status(202);
    let asked = letters.token(LetterKind::Reset, "/reset");
    let wanted = json!({ "current_password": PASSWORD, "email": "ann@elsewhere.example" });
    ann.post("/auth/account/email", &wanted).await.expect_status(202);
    let change = letters.token(LetterKind::EmailChange, "/account/email");
    let sent = admin.post(&format!("{path}/reset"), &json!({})).await;
    sent.expect_status(202);
    let administrators = letters.token(LetterKind::Reset, "/reset");
    let moved = json!({ "email": "ann@new.example" });
    admin.patch(&path, &moved).await.expect_status(200);
    for token in [asked, administrators] {
        let used = json!({ "token": token, "password": OTHER });
        let answer = server.api().post("/auth/password/reset", &used).await;
        answer.expect_problem(400, "link-invalid");
    }
    let confirm = json!({ "token": change });
    let answer = server.api().post("/auth/account/email/confirm", &confirm).await;
    answer.expect_problem(400, "link-invalid");
}

#[tokio::test]
async fn r2_6_an_administrator_deletes_an_account_as_its_person_would() {
    let (server, letters) = Letters::of_server(false);
    let admin = server.admin().await;
    server.ann().await;
    let (browser, ann) = (server.browser(), server.api());
    browser.sign_in().await;
    let (session, _) = ann.sign_in().await;
    let path = path_of(&admin, EMAIL).await;
    admin
        .post(&format!("{path}/reset"), &json!({}))
        .await
        .expect_status(202);
    let token = letters.token(LetterKind::Reset, "/reset");
    let deleted = admin.delete(&path).await.expect_status(200);
    assert_eq!(deleted.body, json!({ "ended": 3 }));
    let over = ann.get("/auth/session").await;
    over.expect_session_ended("account_deleted");
    browser.refresh().await.expect_session_ended("account_deleted");
    signs_in(&server, PASSWORD, 401).await;
    for answer in [
        admin.get(&path).await,
        admin.delete(&path).await,
        admin.post(&format!("{path}/reset"), &json!({})).await,
    ] {
        answer.expect_problem(404, "not-found");
    }
    let used = json!({ "token": token, "password": OTHER });
    let reset = server.api().post("/auth/password/reset", &used).await;
    reset.expect_problem(400, "link-invalid");
    let ended = admin
        .get(&format!("/admin/sessions/{session}"))
        .await
        .expect_status(200);
    assert_eq!(ended.body["end"]["reason"], "account_deleted");
    assert!(ended.body["session"]["ip_address"].is_null(), "{:?}", ended.body);
    let log = admin
        .get("/admin/audit?kind=user.deleted")
        .await
        .expect_status(200);
    assert_eq!(log.body["items"][0]["actor"], "administrator");
    assert!(log.body["items"][0]["ip_address"].is_null());
    let again = json!({ "email": EMAIL, "password": PASSWORD });
    server.api().post("/auth/signup", &again).await.expect_status(201);
}

#[tokio::test]
async fn r2_6_the_last_administrator_cannot_delete_themselves() {
    let server = Server::new();
    let admin = server.admin().await;
    let path = path_of(&admin, ADMIN_EMAIL).await;
    let refused = admin.delete(&path).await;
    refused.expect_problem(409, "last-administrator");
    server.administrator("second@example.com").await;
    admin.delete(&path).await.expect_status(200);
    let over = admin.get("/admin/users").await;
    over.expect_session_ended("account_deleted");
}

#[tokio::test]
async fn r2_6_a_new_account_has_the_metadata_that_it_was_given() {
    let server = Server::new();
    let admin = server.admin().await;
    let body = json!({ "email": EMAIL, "metadata": { "plan": "gold" } });
    let created = admin.post("/admin/users", &body).await.expect_status(201);
    assert_eq!(created.body["metadata"], json!({ "plan": "gold" }));
    for metadata in [
        json!([]),
        json!(null),
        json!("gold"),
        json!({ "a": "x".repeat(9000) }),
    ] {
        let body = json!({ "email": "bob@example.com", "metadata": metadata });
        let refused = admin.post("/admin/users", &body).await;
        refused.expect_problem(422, "invalid-fields");
    }
    assert!(!server.has_account("bob@example.com").await);
}
