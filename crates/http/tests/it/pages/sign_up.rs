//! `/signup`.

use keyturn_core::model::AccountState;
use keyturn_core::service::Policy;

use crate::harness::{EMAIL, PASSWORD, Server, policy, settings};

const BEN: [(&str, &str); 4] = [
    ("email", "ben@example.com"),
    ("username", "ben"),
    ("name", "Ben"),
    ("password", PASSWORD),
];

#[tokio::test]
async fn r2_1_a_person_signs_up_by_a_form_and_is_signed_in() {
    let server = Server::new();
    let browser = server.browser();
    browser
        .get("/signup?return_to=/tasks")
        .await
        .expect_page(200, "<h1>Create an account</h1>");
    let fields: Vec<_> = BEN.into_iter().chain([("return_to", "/tasks")]).collect();
    browser
        .post_page("/signup", &fields)
        .await
        .expect_redirect("/tasks");
    browser.get("/account").await.expect_page(200, "ben@example.com");
    assert!(server.has_account("ben@example.com").await);
}

#[tokio::test]
async fn r2_1_what_is_wrong_is_told_at_its_field() {
    let server = Server::new();
    server.ann().await;
    for (email, username, password, status, field, says) in [
        (
            EMAIL,
            "",
            PASSWORD,
            409,
            "email",
            "There is an account with this email already.",
        ),
        (
            "ben@example.com",
            "ann",
            PASSWORD,
            409,
            "username",
            "This username is taken.",
        ),
        (
            "ben",
            "",
            PASSWORD,
            422,
            "email",
            "An email address has an @ in it.",
        ),
        (
            "ben@example.com",
            "",
            "short",
            422,
            "password",
            "Use at least 8 characters.",
        ),
        (
            "ben@example.com",
            "",
            "password1",
            422,
            "password",
            "too easy to guess",
        ),
        (
            "ben@example.com",
            "b@n",
            PASSWORD,
            422,
            "username",
            "can&#x27;t contain @",
        ),
    ] {
        let fields = [("email", email), ("username", username), ("password", password)];
        let page = server
            .browser()
            .post_page("/signup", &fields)
            .await
            .expect_page(status, says);
        assert!(
            page.text.contains(&format!("id=\"{field}-error\"")),
            "{field}: {}",
            page.text
        );
        assert!(page.text.contains(&format!("value=\"{email}\"")), "{field}");
        assert!(!page.text.contains(password), "{field}");
        assert!(!server.has_account("ben@example.com").await);
    }
}

#[tokio::test]
async fn where_accounts_wait_for_activation_the_answer_tells_no_email() {
    let mut waiting: Policy = policy();
    waiting.sign_up.initial_state = AccountState::Pending;
    let server = Server::with(settings(), waiting);
    for _ in 0..2 {
        server
            .browser()
            .post_page(
                "/signup",
                &BEN[..1].iter().copied().chain([BEN[3]]).collect::<Vec<_>>(),
            )
            .await
            .expect_redirect("/signup/pending");
    }
    server
        .browser()
        .get("/signup/pending")
        .await
        .expect_page(200, "waits to be activated");
}

#[tokio::test]
async fn where_sign_up_is_closed_the_page_says_so() {
    let mut closed: Policy = policy();
    closed.sign_up.enabled = false;
    let server = Server::with(settings(), closed);
    let page = server
        .browser()
        .get("/signup")
        .await
        .expect_page(200, "New accounts are not open to everybody here.");
    assert!(!page.text.contains("name=\"password\""));
    let page = server.browser().get("/signin").await.expect_status(200);
    assert!(!page.text.contains("/signup"));
    server
        .browser()
        .post_page("/signup", &BEN)
        .await
        .expect_page(403, "New accounts are not open");
}
