//! `POST /auth/account/email`, `/auth/account/email/confirm`: another email (R2.6), and what an attacker would try with it.

use std::sync::Arc;

use axum::http::Method;
use futures::future::join;
use keyturn_core::model::AccountState;
use keyturn_core::ports::LetterKind;
use serde_json::{Value, json};

use crate::harness::{Answer, Api, EMAIL, Letters, PASSWORD, Server, with_json};

const ASK: &str = "/auth/account/email";
const CONFIRM: &str = "/auth/account/email/confirm";
const NEW: &str = "ann@elsewhere.example";
const BOB: &str = "bob@example.com";
const OTHER: &str = "another quiet and long phrase";

/// Ann, signed in by a client; and Bob, who has an account too.
async fn ann() -> (Arc<Server>, Arc<Letters>, Api) {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    let bob = json!({ "email": BOB, "password": PASSWORD });
    server.api().post("/auth/signup", &bob).await.expect_status(201);
    let api = server.api();
    api.sign_in().await;
    letters.sent();
    (server, letters, api)
}

fn wanted(email: &str) -> Value {
    json!({ "current_password": PASSWORD, "email": email })
}

async fn ask(api: &Api, email: &str) -> Answer {
    api.post(ASK, &wanted(email)).await
}

async fn confirm(server: &Arc<Server>, token: &str) -> Answer {
    server.api().post(CONFIRM, &json!({ "token": token })).await
}

async fn signs_in(server: &Arc<Server>, email: &str, status: u16) {
    let body = json!({ "email": email, "password": PASSWORD });
    let answer = server.api().post("/auth/signin", &body).await;
    answer.expect_status(status);
}

#[tokio::test]
async fn r2_6_an_email_changes_once_it_is_confirmed_and_the_old_one_is_told() {
    let (server, letters, api) = ann().await;
    ask(&api, NEW).await.expect_status(202);
    let token = letters.token(LetterKind::EmailChange, "/account/email");
    let shown = api.get("/auth/account").await.expect_status(200);
    assert_eq!(shown.body["email"], EMAIL, "nothing changed yet");
    signs_in(&server, NEW, 401).await;
    let confirmed = confirm(&server, &token).await.expect_status(204);
    assert!(confirmed.set_cookies().is_empty(), "signs nobody in");
    assert_eq!(letters.sent(), [(LetterKind::EmailChanged, EMAIL.to_owned())]);
    let shown = api.get("/auth/account").await.expect_status(200);
    assert_eq!(shown.body["email"], NEW, "the session stays");
    signs_in(&server, NEW, 200).await;
    signs_in(&server, EMAIL, 401).await;
    confirm(&server, &token).await.expect_problem(400, "link-invalid");
    let admin = server.admin().await;
    let log = admin.get("/admin/audit?kind=user.email_changed").await;
    let events = log.expect_status(200).body;
    let text = events.to_string();
    assert!(
        text.contains("mailed link") && !text.contains("@"),
        "no address: {text}"
    );
}

#[tokio::test]
async fn r2_6_asking_for_another_email_tells_nobody_which_are_taken() {
    let (server, letters, api) = ann().await;
    let free = ask(&api, NEW).await.expect_status(202);
    assert_eq!(letters.sent(), [(LetterKind::EmailChange, NEW.to_owned())]);
    let taken = ask(&api, &BOB.to_uppercase()).await.expect_status(202);
    assert_eq!(free.snapshot(), taken.snapshot());
    assert_eq!(letters.sent(), [(LetterKind::AlreadyRegistered, BOB.to_owned())]);
    let mut full = Vec::new();
    for email in [NEW, BOB] {
        server.pass(60 * 60);
        api.sign_in().await;
        for _ in 0..5 {
            ask(&api, email).await.expect_status(202);
        }
        let answer = ask(&api, email).await;
        full.push(answer.expect_problem(429, "too-many-attempts").snapshot());
    }
    assert_eq!(full[0], full[1]);
}

#[tokio::test]
async fn r2_6_an_email_that_was_taken_meanwhile_is_not_given_away() {
    let (server, letters, api) = ann().await;
    ask(&api, NEW).await.expect_status(202);
    let token = letters.token(LetterKind::EmailChange, "/account/email");
    let somebody = json!({ "email": NEW, "password": OTHER });
    server
        .api()
        .post("/auth/signup", &somebody)
        .await
        .expect_status(201);
    confirm(&server, &token).await.expect_problem(400, "link-invalid");
    signs_in(&server, EMAIL, 200).await;
    assert_eq!(letters.sent(), []);
}

#[tokio::test]
async fn r2_6_another_email_asks_for_the_current_password() {
    let (_server, letters, api) = ann().await;
    let wrong = json!({ "current_password": OTHER, "email": NEW });
    api.post(ASK, &wrong).await.expect_problem(403, "wrong-password");
    for body in [
        json!({ "email": NEW }),
        json!({ "current_password": PASSWORD }),
        wanted("no address"),
        wanted(EMAIL),
        json!({ "current_password": PASSWORD, "email": NEW, "link": "https://evil.example" }),
    ] {
        api.post(ASK, &body).await.expect_problem(422, "invalid-fields");
    }
    assert_eq!(letters.sent(), []);
    let mut tries = 1;
    while api.post(ASK, &wrong).await.status == 403 {
        tries += 1;
    }
    assert!(tries <= 10, "counted as sign-ins are: {tries}");
    ask(&api, NEW).await.expect_problem(429, "too-many-attempts");
    assert_eq!(letters.sent(), []);
}

#[tokio::test]
async fn r2_6_of_two_confirmations_by_one_link_one_wins() {
    let (server, letters, api) = ann().await;
    ask(&api, NEW).await.expect_status(202);
    let token = letters.token(LetterKind::EmailChange, "/account/email");
    let (left, right) = join(confirm(&server, &token), confirm(&server, &token)).await;
    let mut statuses = [left.status.as_u16(), right.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 400]);
    assert_eq!(letters.sent(), [(LetterKind::EmailChanged, EMAIL.to_owned())]);
}

#[tokio::test]
async fn r2_6_a_link_for_another_email_dies_with_its_time_a_new_password_and_its_account() {
    let (server, letters, api) = ann().await;
    let link = |letters: &Letters| letters.token(LetterKind::EmailChange, "/account/email");
    ask(&api, NEW).await.expect_status(202);
    let late = link(&letters);
    server.pass(15 * 60);
    confirm(&server, &late).await.expect_problem(400, "link-invalid");
    api.sign_in().await;
    ask(&api, NEW).await.expect_status(202);
    let suspended = link(&letters);
    server.set_state(AccountState::Suspended).await;
    confirm(&server, &suspended)
        .await
        .expect_problem(400, "link-invalid");
    server.set_state(AccountState::Active).await;
    api.sign_in().await;
    ask(&api, NEW).await.expect_status(202);
    let thiefs = link(&letters);
    let change = json!({ "current_password": PASSWORD, "new_password": OTHER });
    api.post("/auth/password", &change).await.expect_status(204);
    assert_eq!(letters.sent(), [(LetterKind::PasswordChanged, EMAIL.to_owned())]);
    confirm(&server, &thiefs)
        .await
        .expect_problem(400, "link-invalid");
}

#[tokio::test]
async fn r2_6_a_link_for_one_thing_does_no_other() {
    let (server, letters, api) = ann().await;
    ask(&api, NEW).await.expect_status(202);
    let change = letters.token(LetterKind::EmailChange, "/account/email");
    let forgot = json!({ "email": EMAIL });
    server
        .api()
        .post("/auth/password/forgot", &forgot)
        .await
        .expect_status(202);
    let reset = letters.token(LetterKind::Reset, "/reset");
    for token in [reset.as_str(), "", "kto_", "kto_x", &"x".repeat(5000)] {
        confirm(&server, token).await.expect_problem(400, "link-invalid");
    }
    let used = json!({ "token": change, "password": OTHER });
    for path in ["/auth/password/reset", "/auth/activate"] {
        let answer = server.api().post(path, &used).await;
        answer.expect_problem(400, "link-invalid");
    }
    let scanned = server.anonymous().get(&format!("{CONFIRM}?token={change}")).await;
    scanned.expect_problem(405, "method-not-allowed");
    confirm(&server, &change).await.expect_status(204);
}

#[tokio::test]
async fn r2_6_a_link_for_another_email_never_leads_where_the_request_says() {
    let (server, letters, api) = ann().await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
    ] {
        let asking = api.request(Method::POST, ASK).header(name, value);
        let answer = server.send(with_json(asking, &wanted(NEW))).await;
        answer.expect_status(202);
        letters.token(LetterKind::EmailChange, "/account/email");
    }
}
