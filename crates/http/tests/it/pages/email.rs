//! `/account/email`: asked for on the account's pages, confirmed by the page that the mailed link leads to.

use keyturn_core::ports::LetterKind;

use super::sign_in;
use crate::harness::{EMAIL, Letters, PASSWORD};

const NEW: &str = "ann@elsewhere.example";

#[tokio::test]
async fn r2_6_an_email_is_changed_by_pages() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    let account = browser.get("/account").await;
    account.expect_page(200, "href=\"/account/email\"");
    let asks = browser.get("/account/email").await;
    asks.expect_page(200, "Nothing changes until it is opened");
    let wrong = [("email", NEW), ("current_password", "not the password")];
    let again = browser.post_page("/account/email", &wrong).await;
    let again = again.expect_page(403, "id=\"current_password-error\"");
    assert!(again.text.contains(NEW) && !again.text.contains("not the password"));
    let fields = [("email", NEW), ("current_password", PASSWORD)];
    let asked = browser.post_page("/account/email", &fields).await;
    asked.expect_redirect("/account?done=email");
    let told = browser.get("/account?done=email").await;
    told.expect_page(200, "Look into the mail of the new address");
    let token = letters.token(LetterKind::EmailChange, "/account/email");
    let phone = server.browser();
    let opened = phone.get(&format!("/account/email?token={token}")).await;
    opened.expect_page(200, &format!("name=\"token\" value=\"{token}\""));
    assert!(server.has_account(EMAIL).await, "opening it changes nothing");
    let fields = [("token", token.as_str())];
    let confirmed = phone.post_page("/account/email/confirm", &fields).await;
    confirmed.expect_redirect("/account/email/changed");
    let done = phone.get("/account/email/changed").await;
    done.expect_page(200, "Your email is changed");
    assert!(server.has_account(NEW).await && !server.has_account(EMAIL).await);
    assert_eq!(letters.sent(), [(LetterKind::EmailChanged, EMAIL.to_owned())]);
    let twice = phone.post_page("/account/email/confirm", &fields).await;
    twice.expect_page(400, "This link does not work any more");
}

#[tokio::test]
async fn r1_4_no_email_is_changed_without_the_forms_token() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    let fields = [("email", NEW), ("current_password", PASSWORD), ("token", "x")];
    for page in ["/account/email", "/account/email/confirm"] {
        let answer = browser.post_form(page, &fields).await;
        answer.expect_page(403, "again");
    }
    assert_eq!(letters.sent(), []);
}
