//! `/account/profile`, `/account/password`, `/account/deactivate`, `/account/delete` and `/account/export`.

use keyturn_core::model::EndReason;

use super::sign_in;
use crate::harness::{Browser, EMAIL, PASSWORD, Server};

const OTHER_PASSWORD: &str = "seven quiet herons in fog";

#[tokio::test]
async fn r2_6_a_person_changes_their_name_and_with_the_password_their_username() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    let page = browser
        .get("/account/profile")
        .await
        .expect_page(200, "value=\"ann\"");
    assert!(page.text.contains("name=\"current_password\""));
    browser
        .post_page(
            "/account/profile",
            &[("name", "Ann Example"), ("username", "ann")],
        )
        .await
        .expect_redirect("/account?done=profile");
    browser
        .get("/account?done=profile")
        .await
        .expect_page(200, "Ann Example");
    for (password, status) in [("", 422), ("not the password", 403)] {
        let fields = [("username", "annie"), ("current_password", password)];
        let page = browser.post_page("/account/profile", &fields).await;
        let page = page.expect_page(status, "id=\"current_password-error\"");
        assert!(page.text.contains("value=\"annie\""), "{}", page.text);
    }
    let fields = [("username", "annie"), ("current_password", PASSWORD)];
    browser
        .post_page("/account/profile", &fields)
        .await
        .expect_redirect("/account?done=profile");
    let fields = [("identifier", "annie"), ("password", PASSWORD)];
    server
        .browser()
        .post_page("/signin", &fields)
        .await
        .expect_redirect("/account");
}

#[tokio::test]
async fn r2_6_a_changed_password_signs_out_everywhere_else() {
    let server = Server::new();
    server.ann().await;
    let (browser, other) = (server.browser(), server.browser());
    sign_in(&browser).await;
    let elsewhere = other.sign_in().await;
    browser
        .get("/account/password")
        .await
        .expect_page(200, "Change your password");
    for (current, new, status, field) in [
        ("not the password", OTHER_PASSWORD, 403, "current_password"),
        (PASSWORD, "short", 422, "new_password"),
    ] {
        let fields = [("current_password", current), ("new_password", new)];
        let page = browser.post_page("/account/password", &fields).await;
        let page = page.expect_page(status, &format!("id=\"{field}-error\""));
        assert!(!page.text.contains(current) && !page.text.contains(new));
        assert_eq!(server.end_reason(&elsewhere).await, None);
    }
    let fields = [("current_password", PASSWORD), ("new_password", OTHER_PASSWORD)];
    browser
        .post_page("/account/password", &fields)
        .await
        .expect_redirect("/account?done=password");
    browser
        .get("/account?done=password")
        .await
        .expect_page(200, "Your password is changed.");
    assert_eq!(
        server.end_reason(&elsewhere).await,
        Some(EndReason::PasswordChanged)
    );
    other
        .get("/account")
        .await
        .expect_redirect("/signin?reason=password_changed&return_to=%2Faccount");
}

#[tokio::test]
async fn r2_6_a_person_switches_their_account_off() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    leaves(&browser, "/account/deactivate", "account_state").await;
    let fields = [("identifier", EMAIL), ("password", PASSWORD)];
    browser
        .post_page("/signin", &fields)
        .await
        .expect_page(403, "this account is switched off");
}

#[tokio::test]
async fn a_person_deletes_their_account() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    leaves(&browser, "/account/delete", "account_deleted").await;
    assert!(!server.has_account(EMAIL).await);
    browser
        .get("/signin?reason=account_deleted")
        .await
        .expect_page(200, "Your account was deleted.");
}

#[tokio::test]
async fn a_person_takes_along_what_is_kept_about_them() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    server.pass(1_801);
    browser
        .get("/account/export")
        .await
        .expect_redirect("/account/export");
    browser
        .get("/account/export")
        .await
        .expect_redirect("/auth/account/export");
    let document = browser.get("/auth/account/export").await.expect_status(200);
    assert!(document.text.contains(EMAIL));
}

#[tokio::test]
async fn r1_4_no_form_of_the_account_is_taken_without_its_token() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    let fields = [
        ("name", "Mallory"),
        ("current_password", PASSWORD),
        ("new_password", OTHER_PASSWORD),
    ];
    for page in ["profile", "password", "deactivate", "delete"] {
        browser
            .post_form(&format!("/account/{page}"), &fields)
            .await
            .expect_page(403, "Please send that again");
    }
    let page = browser.get("/account").await.expect_page(200, EMAIL);
    assert!(!page.text.contains("Mallory"));
}

/// Leaves by this page: not with a wrong password, and with the right one signed out for this reason.
async fn leaves(browser: &Browser, page: &str, reason: &str) {
    browser.get(page).await.expect_page(200, "current_password");
    browser
        .post_page(page, &[("current_password", "not the password")])
        .await
        .expect_page(403, "id=\"current_password-error\"");
    browser
        .post_page(page, &[("current_password", PASSWORD)])
        .await
        .expect_redirect(&format!("/signin?reason={reason}"));
    assert_eq!(browser.jar().value("access"), None);
    assert_eq!(browser.jar().value("refresh"), None);
}
