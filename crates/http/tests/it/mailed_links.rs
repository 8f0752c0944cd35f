//! `POST /auth/activate`, `/auth/activate/resend`, `/auth/password/forgot`, `/auth/password/reset`: mailed links (R2.6), and what an
//! attacker would try with them.

use axum::http::Method;
use futures::future::join;
use keyturn_core::model::{AccountState, AuditKind};
use keyturn_core::ports::{AuditFilter, AuditStore, LetterKind, Page};
use serde_json::{Value, json};

use crate::harness::{EMAIL, Letters, PASSWORD, Server, request, with_json};

const OTHER: &str = "another quiet and long phrase";

fn sign_up(password: &str) -> Value {
    json!({ "email": EMAIL, "username": "ann", "password": password })
}

fn used(token: &str, password: &str) -> Value {
    json!({ "token": token, "password": password })
}

fn wanted() -> Value {
    json!({ "email": EMAIL })
}

async fn signs_in(server: &std::sync::Arc<Server>, password: &str, status: u16) {
    let body = json!({ "email": EMAIL, "password": password });
    server
        .api()
        .post("/auth/signin", &body)
        .await
        .expect_status(status);
}

#[tokio::test]
async fn r2_6_a_sign_up_becomes_an_account_by_its_link_and_password() {
    let (server, letters) = Letters::of_server(true);
    let api = server.api();
    let waits = api
        .post("/auth/signup", &sign_up(PASSWORD))
        .await
        .expect_status(202);
    assert_eq!(waits.body, json!({ "state": "pending" }));
    assert!(!server.has_account(EMAIL).await, "nothing holds the address");
    signs_in(&server, PASSWORD, 401).await;
    let token = letters.token(LetterKind::Activation, "/activate");
    let wrong = api.post("/auth/activate", &used(&token, OTHER)).await;
    wrong.expect_problem(401, "invalid-credentials");
    let activated = api
        .post("/auth/activate", &used(&token, PASSWORD))
        .await
        .expect_status(204);
    assert!(activated.set_cookies().is_empty(), "signs nobody in");
    signs_in(&server, PASSWORD, 200).await;
    let again = api.post("/auth/activate", &used(&token, PASSWORD)).await;
    again.expect_problem(400, "link-invalid");
}

#[tokio::test]
async fn r2_6_an_address_that_somebody_else_signed_up_with_stays_its_owners() {
    let (server, letters) = Letters::of_server(true);
    let api = server.api();
    api.post("/auth/signup", &json!({ "email": EMAIL, "password": OTHER }))
        .await
        .expect_status(202);
    let strangers = letters.token(LetterKind::Activation, "/activate");
    let opened = api.post("/auth/activate", &used(&strangers, PASSWORD)).await;
    opened.expect_problem(401, "invalid-credentials");
    api.post("/auth/signup", &sign_up(PASSWORD))
        .await
        .expect_status(202);
    let owners = letters.token(LetterKind::Activation, "/activate");
    api.post("/auth/activate", &used(&owners, PASSWORD))
        .await
        .expect_status(204);
    signs_in(&server, OTHER, 401).await;
    signs_in(&server, PASSWORD, 200).await;
    let late = api.post("/auth/activate", &used(&strangers, OTHER)).await;
    late.expect_problem(400, "link-invalid");
}

#[tokio::test]
async fn r2_6_a_taken_email_is_told_to_its_owner_alone() {
    let (server, letters) = Letters::of_server(true);
    let api = server.api();
    api.post("/auth/signup", &sign_up(PASSWORD))
        .await
        .expect_status(202);
    let token = letters.token(LetterKind::Activation, "/activate");
    api.post("/auth/activate", &used(&token, PASSWORD))
        .await
        .expect_status(204);
    let taken = api
        .post(
            "/auth/signup",
            &json!({ "email": "ANN@example.com", "password": OTHER }),
        )
        .await;
    assert_eq!(taken.expect_status(202).body, json!({ "state": "pending" }));
    assert_eq!(
        letters.sent(),
        [(LetterKind::AlreadyRegistered, EMAIL.to_owned())]
    );
    let username = json!({ "email": "bob@example.com", "username": "ann", "password": OTHER });
    api.post("/auth/signup", &username)
        .await
        .expect_problem(409, "username-taken");
}

#[tokio::test]
async fn r2_6_a_link_is_sent_again_and_the_earlier_one_is_dead() {
    let (server, letters) = Letters::of_server(true);
    let api = server.api();
    let nobody = json!({ "email": "nobody@example.com" });
    let unknown = api
        .post("/auth/activate/resend", &nobody)
        .await
        .expect_status(202);
    assert_eq!(letters.sent(), []);
    api.post("/auth/signup", &sign_up(PASSWORD))
        .await
        .expect_status(202);
    let first = letters.token(LetterKind::Activation, "/activate");
    let known = api
        .post("/auth/activate/resend", &wanted())
        .await
        .expect_status(202);
    assert_eq!(known.body, unknown.body);
    let second = letters.token(LetterKind::Activation, "/activate");
    let dead = api.post("/auth/activate", &used(&first, PASSWORD)).await;
    dead.expect_problem(400, "link-invalid");
    api.post("/auth/activate", &used(&second, PASSWORD))
        .await
        .expect_status(204);
}

#[tokio::test]
async fn r2_6_a_reset_sets_one_password_and_ends_every_session() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    let api = server.api();
    api.post("/auth/password/forgot", &wanted())
        .await
        .expect_status(202);
    let first = letters.token(LetterKind::Reset, "/reset");
    api.post("/auth/password/forgot", &wanted())
        .await
        .expect_status(202);
    let second = letters.token(LetterKind::Reset, "/reset");
    let weak = api
        .post("/auth/password/reset", &used(&first, "password123"))
        .await;
    weak.expect_problem(422, "invalid-fields");
    let set = api
        .post("/auth/password/reset", &used(&first, OTHER))
        .await
        .expect_status(204);
    assert!(set.set_cookies().is_empty(), "signs nobody in");
    assert_eq!(letters.sent(), [(LetterKind::PasswordChanged, EMAIL.to_owned())]);
    browser
        .get("/auth/session")
        .await
        .expect_session_ended("password_changed");
    for dead in [first, second] {
        let again = api.post("/auth/password/reset", &used(&dead, PASSWORD)).await;
        again.expect_problem(400, "link-invalid");
    }
    signs_in(&server, PASSWORD, 401).await;
    signs_in(&server, OTHER, 200).await;
}

#[tokio::test]
async fn r2_6_a_link_lives_for_a_quarter_of_an_hour() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    let api = server.api();
    api.post("/auth/password/forgot", &wanted())
        .await
        .expect_status(202);
    let token = letters.token(LetterKind::Reset, "/reset");
    server.pass(15 * 60);
    let late = api.post("/auth/password/reset", &used(&token, OTHER)).await;
    late.expect_problem(400, "link-invalid");
}

#[tokio::test]
async fn r2_6_of_two_resets_by_one_link_one_wins() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    let (one, two) = (server.api(), server.api());
    one.post("/auth/password/forgot", &wanted())
        .await
        .expect_status(202);
    let token = letters.token(LetterKind::Reset, "/reset");
    let (first, second) = (used(&token, OTHER), used(&token, "a third phrase, as long"));
    let (left, right) = join(
        one.post("/auth/password/reset", &first),
        two.post("/auth/password/reset", &second),
    )
    .await;
    let mut statuses = [left.status.as_u16(), right.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 400]);
}

#[tokio::test]
async fn r2_6_a_link_brings_an_inactive_account_back_and_never_a_suspended_one() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    let api = server.api();
    server.set_state(AccountState::Inactive).await;
    api.post("/auth/password/forgot", &wanted())
        .await
        .expect_status(202);
    let token = letters.token(LetterKind::Reset, "/reset");
    api.post("/auth/password/reset", &used(&token, OTHER))
        .await
        .expect_status(204);
    signs_in(&server, OTHER, 200).await;
    letters.sent();
    api.post("/auth/password/forgot", &wanted())
        .await
        .expect_status(202);
    let token = letters.token(LetterKind::Reset, "/reset");
    server.set_state(AccountState::Suspended).await;
    let late = api.post("/auth/password/reset", &used(&token, PASSWORD)).await;
    late.expect_problem(400, "link-invalid");
    api.post("/auth/password/forgot", &wanted())
        .await
        .expect_status(202);
    assert_eq!(letters.sent(), [], "no link for a suspended account");
}

#[tokio::test]
async fn r2_6_asking_tells_nobody_which_accounts_there_are() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    let api = server.api();
    let mut answers = Vec::new();
    for email in [EMAIL, "nobody@example.com"] {
        for _ in 0..5 {
            let answer = api
                .post("/auth/password/forgot", &json!({ "email": email }))
                .await;
            assert_eq!(answer.status.as_u16(), 202);
        }
        let full = api
            .post("/auth/password/forgot", &json!({ "email": email }))
            .await;
        answers.push(full.expect_problem(429, "too-many-attempts").snapshot());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(letters.sent().len(), 5);
    signs_in(&server, PASSWORD, 200).await;
    let no_address = api
        .post("/auth/password/forgot", &json!({ "email": "ann" }))
        .await;
    no_address.expect_problem(422, "invalid-fields");
}

#[tokio::test]
async fn r2_6_a_scanner_that_follows_a_link_changes_nothing() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    let api = server.api();
    api.post("/auth/password/forgot", &wanted())
        .await
        .expect_status(202);
    let token = letters.token(LetterKind::Reset, "/reset");
    for path in ["/auth/password/reset", "/auth/activate"] {
        let get = server.anonymous().get(&format!("{path}?token={token}")).await;
        get.expect_problem(405, "method-not-allowed");
    }
    api.post("/auth/password/reset", &used(&token, OTHER))
        .await
        .expect_status(204);
}

#[tokio::test]
async fn r2_6_a_link_never_leads_where_the_request_says() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    for name in ["host", "x-forwarded-host", "forwarded"] {
        let value = if name == "forwarded" {
            "host=evil.example"
        } else {
            "evil.example"
        };
        let asking = request(Method::POST, "/auth/password/forgot").header(name, value);
        server.send(with_json(asking, &wanted())).await.expect_status(202);
        letters.token(LetterKind::Reset, "/reset");
    }
}

#[tokio::test]
async fn r2_6_fields_beyond_those_asked_for_are_refused() {
    let (server, letters) = Letters::of_server(true);
    let api = server.api();
    for (path, body) in [
        (
            "/auth/signup",
            json!({ "email": EMAIL, "password": PASSWORD, "state": "active" }),
        ),
        (
            "/auth/signup",
            json!({ "email": EMAIL, "password": PASSWORD, "permissions": ["admin"] }),
        ),
        (
            "/auth/activate",
            json!({ "token": "kto_x", "password": PASSWORD, "permissions": ["admin"] }),
        ),
        (
            "/auth/password/forgot",
            json!({ "email": EMAIL, "link": "https://evil.example" }),
        ),
        (
            "/auth/password/reset",
            json!({ "token": "kto_x", "password": PASSWORD, "state": "active" }),
        ),
    ] {
        api.post(path, &body).await.expect_problem(422, "invalid-fields");
    }
    assert_eq!(letters.sent(), []);
    for token in ["", "kto_", "kto_x", "ktr_x", &"x".repeat(5000)] {
        let body = used(token, PASSWORD);
        api.post("/auth/password/reset", &body)
            .await
            .expect_problem(400, "link-invalid");
        api.post("/auth/activate", &body)
            .await
            .expect_problem(400, "link-invalid");
    }
}

/// What was written of asking, oldest first: what came of it, and whether the account is named.
async fn asked(server: &Server, kind: AuditKind) -> Vec<(String, bool)> {
    let filter = AuditFilter {
        kind: Some(kind),
        ..AuditFilter::default()
    };
    let page = Page {
        before: None,
        limit: 100,
    };
    let found = server.store.list_audit(&filter, page).await.unwrap();
    let told = found.into_iter().rev().map(|entry| entry.event);
    told.map(|event| (event.detail, event.user_id.is_some()))
        .collect()
}

#[tokio::test]
async fn r2_6_asking_for_a_link_is_written_down_and_the_answer_does_not_tell() {
    let (server, letters) = Letters::of_server(true);
    let api = server.api();
    let nobody = json!({ "email": "nobody@example.com" });
    api.post("/auth/signup", &sign_up(PASSWORD))
        .await
        .expect_status(202);
    let resend = "/auth/activate/resend";
    let answers = [
        api.post(resend, &wanted()).await.expect_status(202).snapshot(),
        api.post(resend, &nobody).await.expect_status(202).snapshot(),
    ];
    assert_eq!(answers[0], answers[1]);
    assert_eq!(letters.taken().len(), 2, "the sign-up's, and again");
    let (server_of_ann, _letters) = Letters::of_server(false);
    server_of_ann.ann().await;
    let api = server_of_ann.api();
    let forgot = "/auth/password/forgot";
    let mut answers = Vec::new();
    for body in [&wanted(), &nobody] {
        answers.push(api.post(forgot, body).await.expect_status(202).snapshot());
    }
    server_of_ann.set_state(AccountState::Suspended).await;
    answers.push(api.post(forgot, &wanted()).await.expect_status(202).snapshot());
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let told = |detail: &str, is_named| (detail.to_owned(), is_named);
    assert_eq!(
        asked(&server, AuditKind::ActivationAsked).await,
        [told("mailed", false), told("unknown_account", false)]
    );
    assert_eq!(
        asked(&server_of_ann, AuditKind::ResetAsked).await,
        [
            told("mailed", true),
            told("unknown_account", false),
            told("not_entitled", true)
        ]
    );
}
