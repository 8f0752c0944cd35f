//! `/forgot`, `/reset`, `/activate` and `/activate/resend`.

use keyturn_core::model::EndReason;
use keyturn_core::ports::LetterKind;

use crate::harness::{EMAIL, Letters, PASSWORD};

const OTHER_PASSWORD: &str = "seven quiet herons in fog";

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_a_mailed_link() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    let elsewhere = server.browser();
    let session = elsewhere.sign_in().await;
    let browser = server.browser();
    browser
        .get("/forgot")
        .await
        .expect_page(200, "Set a new password");
    for email in ["nobody@example.com", EMAIL] {
        browser
            .post_page("/forgot", &[("email", email)])
            .await
            .expect_redirect("/forgot/sent");
    }
    browser
        .get("/forgot/sent")
        .await
        .expect_page(200, "a link is on its way");
    let token = letters.token(LetterKind::Reset, "/reset");
    let opened = browser.get(&format!("/reset?token={token}")).await;
    opened.expect_page(200, &format!("name=\"token\" value=\"{token}\""));
    assert_eq!(
        server.end_reason(&session).await,
        None,
        "opening it changes nothing"
    );
    let page = browser
        .post_page("/reset", &[("token", &token), ("password", "short")])
        .await
        .expect_page(422, "id=\"password-error\"");
    assert!(page.text.contains(&token) && !page.text.contains("short"));
    let fields = [("token", token.as_str()), ("password", OTHER_PASSWORD)];
    browser
        .post_page("/reset", &fields)
        .await
        .expect_redirect("/signin?done=reset");
    browser
        .get("/signin?done=reset")
        .await
        .expect_page(200, "Your new password is set.");
    assert_eq!(
        server.end_reason(&session).await,
        Some(EndReason::PasswordChanged)
    );
    assert_eq!(browser.jar().value("access"), None, "it signs nobody in");
    browser
        .post_page("/reset", &fields)
        .await
        .expect_page(400, "This link does not work any more");
    let fields = [("identifier", EMAIL), ("password", OTHER_PASSWORD)];
    browser
        .post_page("/signin", &fields)
        .await
        .expect_redirect("/account");
}

#[tokio::test]
async fn r2_6_an_account_is_activated_by_a_mailed_link_and_its_password() {
    let (server, letters) = Letters::of_server(true);
    let browser = server.browser();
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    browser
        .post_page("/signup", &fields)
        .await
        .expect_redirect("/signup/pending");
    let first = letters.token(LetterKind::Activation, "/activate");
    browser
        .post_page("/activate/resend", &[("email", EMAIL)])
        .await
        .expect_redirect("/forgot/sent");
    let token = letters.token(LetterKind::Activation, "/activate");
    browser
        .get(&format!("/activate?token={token}"))
        .await
        .expect_page(200, "One more step");
    for (token, password, status, says) in [
        (&first, PASSWORD, 400, "This link does not work any more"),
        (&token, "not the password", 401, "id=\"password-error\""),
    ] {
        browser
            .post_page("/activate", &[("token", token), ("password", password)])
            .await
            .expect_page(status, says);
        assert!(!server.has_account(EMAIL).await);
    }
    browser
        .post_page("/activate", &[("token", &token), ("password", PASSWORD)])
        .await
        .expect_redirect("/signin?done=activated");
    let fields = [("identifier", EMAIL), ("password", PASSWORD)];
    browser
        .post_page("/signin", &fields)
        .await
        .expect_redirect("/account");
}

#[tokio::test]
async fn r1_4_no_link_is_asked_for_or_used_without_the_forms_token() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    let browser = server.browser();
    let fields = [
        ("email", EMAIL),
        ("token", "made-up"),
        ("password", OTHER_PASSWORD),
    ];
    for page in ["/forgot", "/activate/resend", "/reset", "/activate"] {
        browser
            .post_form(page, &fields)
            .await
            .expect_page(403, "cookies are switched off");
    }
    assert_eq!(letters.sent(), []);
}
