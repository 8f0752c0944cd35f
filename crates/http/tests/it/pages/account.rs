//! `/account` and the sessions on it.

use keyturn_core::model::EndReason;

use super::sign_in;
use crate::harness::Server;

#[tokio::test]
async fn r5_1_a_person_sees_their_sessions_and_ends_one() {
    let server = Server::new();
    server.ann().await;
    let (browser, other) = (server.browser(), server.browser());
    sign_in(&browser).await;
    let elsewhere = other.sign_in().await;
    let page = browser.get("/account").await.expect_page(200, "192.0.2.7");
    assert_eq!(
        page.text.matches("class=\"session\"").count(),
        3,
        "both, and that of the sign-up"
    );
    browser
        .post_page(&format!("/account/sessions/{elsewhere}/end"), &[])
        .await
        .expect_redirect("/account?done=session");
    assert_eq!(
        server.end_reason(&elsewhere).await,
        Some(EndReason::SignedOutElsewhere)
    );
    let page = browser
        .get("/account?done=session")
        .await
        .expect_page(200, "That session is over.");
    assert!(page.text.contains(EndReason::SignedOutElsewhere.sentence()));
    other
        .get("/account")
        .await
        .expect_redirect("/signin?reason=signed_out_elsewhere&return_to=%2Faccount");
}

#[tokio::test]
async fn r5_1_a_person_signs_out_everywhere_else_or_everywhere() {
    let server = Server::new();
    server.ann().await;
    let (browser, other) = (server.browser(), server.browser());
    sign_in(&browser).await;
    let elsewhere = other.sign_in().await;
    browser
        .post_page("/account/sessions/end", &[("which", "others")])
        .await
        .expect_redirect("/account?done=sessions");
    assert_eq!(
        server.end_reason(&elsewhere).await,
        Some(EndReason::SignedOutElsewhere)
    );
    browser
        .get("/account?done=sessions")
        .await
        .expect_page(200, "You are signed in nowhere else.");
    browser
        .post_page("/account/sessions/end", &[("which", "all")])
        .await
        .expect_redirect("/signin?reason=signed_out");
    assert_eq!(browser.jar().value("refresh"), None);
}

#[tokio::test]
async fn r5_1_ending_the_session_in_use_signs_out() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    browser
        .post_page(&format!("/account/sessions/{session}/end"), &[])
        .await
        .expect_redirect("/signin?reason=signed_out");
    assert_eq!(server.end_reason(&session).await, Some(EndReason::SignedOut));
}

#[tokio::test]
async fn another_accounts_session_is_answered_as_one_that_does_not_exist() {
    let server = Server::new();
    server.ann().await;
    let (ann, ben) = (server.browser(), server.browser());
    let session = ann.sign_in().await;
    let fields = [
        ("email", "ben@example.com"),
        ("password", crate::harness::PASSWORD),
    ];
    ben.post_page("/signup", &fields)
        .await
        .expect_redirect("/account");
    for id in [session.as_str(), "nonsense"] {
        ben.post_page(&format!("/account/sessions/{id}/end"), &[])
            .await
            .expect_page(404, "There is nothing here");
    }
    assert_eq!(server.end_reason(&session).await, None);
}
