//! Notices by mail: of a device that the account does not know, and of token reuse.

use keyturn_core::ports::{Clock, Happening, LetterKind};
use serde_json::json;

use crate::harness::{Api, EMAIL, Letters, PUBLIC_URL};

const HOUR: i64 = 60 * 60;

/// The one notice that was sent since, to Ann.
fn notice(letters: &Letters, kind: LetterKind) -> Happening {
    let mut taken = letters.taken();
    assert_eq!(taken.len(), 1, "one letter: {taken:?}");
    let letter = taken.remove(0);
    assert_eq!((letter.kind, letter.to.as_given()), (kind, EMAIL));
    assert!(letter.link.is_none(), "nothing that works once");
    let happening = letter.happening.expect("what happened");
    assert_eq!(happening.page, format!("{PUBLIC_URL}/account"));
    happening
}

#[tokio::test]
async fn a_sign_in_from_a_device_that_is_not_known_is_told_to_the_owner_once_an_hour() {
    let (server, letters) = Letters::of_watchful_server();
    server.ann().await;
    assert_eq!(letters.sent(), [], "the first sign-in of an account");
    let api = server.api();
    api.sign_in().await;
    assert_eq!(letters.sent(), [], "the address and the software of the first");
    let browser = server.browser();
    browser.sign_in().await;
    let told = notice(&letters, LetterKind::NewDevice);
    assert_eq!(told.at, server.clock.now());
    assert_eq!(told.address, Some("192.0.2.7".parse().unwrap()));
    server.browser().sign_in().await;
    assert_eq!(letters.sent(), [], "within the hour");
    server.pass(HOUR);
    browser.sign_in().await;
    assert_eq!(letters.sent(), [], "its cookie tells that it was here before");
    server.browser().sign_in().await;
    notice(&letters, LetterKind::NewDevice);
}

#[tokio::test]
async fn a_wrong_password_is_told_to_nobody() {
    let (server, letters) = Letters::of_watchful_server();
    server.ann().await;
    let browser = server.browser();
    let body = json!({ "email": EMAIL, "password": "another quiet and long phrase" });
    let refused = browser.post("/auth/signin", &body).await;
    refused.expect_problem(401, "invalid-credentials");
    assert_eq!(letters.sent(), []);
}

/// A thief of the first refresh token comes after the owner's two refreshes.
async fn steal(api: &Api) {
    let (_, first) = api.sign_in().await;
    let second = api.refresh(&first).await.expect_status(200);
    let second = second.text_at("/refresh_token");
    api.refresh(&second).await.expect_status(200);
    api.refresh(&first).await.expect_session_ended("token_reuse");
    api.refresh(&second).await.expect_session_ended("token_reuse");
}

#[tokio::test]
async fn r1_5_a_reuse_is_told_to_the_owner_once_an_hour() {
    let (server, letters) = Letters::of_watchful_server();
    server.ann().await;
    let api = server.api();
    steal(&api).await;
    let told = notice(&letters, LetterKind::TokenReuse);
    assert_eq!(told.at, server.clock.now());
    assert_eq!(told.device.as_deref(), Some("an unknown client"));
    assert_eq!(told.address, Some("192.0.2.7".parse().unwrap()));
    for _ in 0..5 {
        steal(&api).await;
    }
    assert_eq!(letters.sent(), [], "a flood of reuse makes no flood of mail");
    server.pass(HOUR);
    steal(&api).await;
    notice(&letters, LetterKind::TokenReuse);
}

#[tokio::test]
async fn notices_that_are_switched_off_are_not_sent() {
    let (server, letters) = Letters::of_server(false);
    server.ann().await;
    server.browser().sign_in().await;
    steal(&server.api()).await;
    assert_eq!(letters.sent(), []);
}
