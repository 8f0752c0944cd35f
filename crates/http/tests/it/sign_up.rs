//! `POST /auth/signup`.

use keyturn_core::model::AccountState;
use keyturn_core::service::{Policy, SignUpPolicy};
use serde_json::json;

use crate::harness::{EMAIL, PASSWORD, Server, policy, settings};

#[tokio::test]
async fn r2_1_signing_up_makes_an_account_and_signs_it_in() {
    let server = Server::new();
    let browser = server.browser();
    let body = json!({ "email": "Ann@Example.com", "username": "ann", "name": "Ann", "password": PASSWORD });
    let answer = browser.post("/auth/signup", &body).await.expect_status(201);
    insta::assert_json_snapshot!(answer.snapshot());
    let context = browser.get("/auth/session").await.expect_status(200);
    assert_eq!(context.body["user_id"], answer.body["user_id"]);
}

#[tokio::test]
async fn signing_up_elsewhere_gives_both_tokens_in_the_body() {
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let answer = Server::new()
        .api()
        .post("/auth/signup", &body)
        .await
        .expect_status(201);
    insta::assert_json_snapshot!(answer.snapshot());
}

#[tokio::test]
async fn r2_1_an_email_belongs_to_one_account_whatever_its_case() {
    let server = Server::new();
    server.ann().await;
    let body = json!({ "email": "ANN@example.COM", "password": PASSWORD });
    let answer = server
        .api()
        .post("/auth/signup", &body)
        .await
        .expect_problem(409, "email-taken");
    insta::assert_json_snapshot!(answer.snapshot());
    let body = json!({ "email": "other@example.com", "username": "Ann", "password": PASSWORD });
    server
        .api()
        .post("/auth/signup", &body)
        .await
        .expect_problem(409, "username-taken");
}

#[tokio::test]
async fn r2_1_email_and_password_are_validated() {
    let server = Server::new();
    for (email, password, field) in [
        ("not an email", PASSWORD, "email"),
        ("ann@", PASSWORD, "email"),
        (EMAIL, "short", "password"),
        (EMAIL, "password123", "password"),
        (EMAIL, "ann@example.com", "password"),
    ] {
        let body = json!({ "email": email, "password": password });
        let answer = server
            .api()
            .post("/auth/signup", &body)
            .await
            .expect_problem(422, "invalid-fields");
        assert_eq!(answer.body["errors"][0]["field"], field, "{email} {password}");
        assert!(
            !answer.text.contains(&format!("\"{password}\"")),
            "the password is not repeated"
        );
    }
    let both = json!({ "email": "nobody", "username": "a b", "password": PASSWORD });
    let answer = server
        .api()
        .post("/auth/signup", &both)
        .await
        .expect_problem(422, "invalid-fields");
    insta::assert_json_snapshot!(answer.snapshot());
}

/// Accounts begin pending.
fn with_activation() -> Policy {
    let mut policy = policy();
    policy.sign_up = SignUpPolicy {
        enabled: true,
        initial_state: AccountState::Pending,
    };
    policy
}

#[tokio::test]
async fn with_activation_a_taken_username_does_not_tell_about_emails() {
    let server = Server::with(settings(), with_activation());
    let asking = |email| json!({ "email": email, "username": "ann", "password": PASSWORD });
    server
        .api()
        .post("/auth/signup", &asking(EMAIL))
        .await
        .expect_status(202);
    for email in ["free@example.com", EMAIL] {
        let answer = server.api().post("/auth/signup", &asking(email)).await;
        answer.expect_problem(409, "username-taken");
    }
}

#[tokio::test]
async fn with_activation_nobody_learns_whether_an_email_is_registered() {
    let server = Server::with(settings(), with_activation());
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let first = server
        .browser()
        .post("/auth/signup", &body)
        .await
        .expect_status(202);
    let second = server
        .browser()
        .post("/auth/signup", &body)
        .await
        .expect_status(202);
    assert_eq!(first.snapshot(), second.snapshot());
    insta::assert_json_snapshot!(first.snapshot());
    let refused = server
        .api()
        .post("/auth/signin", &body)
        .await
        .expect_problem(403, "account-not-active");
    assert_eq!(refused.body["account_state"], "pending");
}

#[tokio::test]
async fn closed_sign_up_is_refused() {
    let mut policy = policy();
    policy.sign_up.enabled = false;
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let server = Server::with(settings(), policy);
    server
        .api()
        .post("/auth/signup", &body)
        .await
        .expect_problem(403, "sign-up-closed");
}
