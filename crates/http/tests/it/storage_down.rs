//! I9: storage that is down is 503: no token, no cookie cleared, nobody signed out.

use keyturn_testkit::mem_store::StoreFault;
use serde_json::json;

use crate::harness::{EMAIL, PASSWORD, Server, sign_in_body};

#[tokio::test]
async fn storage_down_is_no_verdict() {
    let server = Server::new();
    server.ann().await;
    let (browser, api) = (server.browser(), server.api());
    let session = browser.sign_in().await;
    let (_, token) = api.sign_in().await;
    let before = browser.jar();
    server.store.set_down(true);
    // Memory is believed for a second after the store last said that it was caught up.
    server.pass(2);
    let sign_up = json!({ "email": EMAIL, "password": PASSWORD });
    for answer in [
        browser.post("/auth/signup", &sign_up).await,
        browser.post("/auth/signin", &sign_in_body()).await,
        browser.refresh().await,
        browser.sign_out().await,
        browser.get("/auth/session").await,
        browser.get("/auth/sessions").await,
        browser.get(&format!("/auth/sessions/{session}")).await,
        browser.delete(&format!("/auth/sessions/{session}")).await,
        browser.delete("/auth/sessions").await,
        api.refresh(&token).await,
        api.get("/auth/session").await,
    ] {
        let answer = answer.expect_problem(503, "store-unavailable");
        assert_eq!(answer.cookie_names(), Vec::<&str>::new());
        assert!(
            !answer.text.contains("the test asked for"),
            "the cause is for the log"
        );
    }
    assert_eq!(browser.jar(), before);
    server.store.set_down(false);
    browser.refresh().await.expect_status(200);
    api.refresh(&token).await.expect_status(200);
}

#[tokio::test]
async fn a_rotation_of_unknown_outcome_is_found_out() {
    for fault in [
        StoreFault::OutcomeUnknownApplied,
        StoreFault::OutcomeUnknownDropped,
    ] {
        let server = Server::new();
        server.ann().await;
        let api = server.api();
        let (_, token) = api.sign_in().await;
        server.store.fail_next(fault);
        let answer = api.refresh(&token).await.expect_status(200);
        assert_eq!(answer.body["session"]["generation"], 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_sign_out_that_failed_clears_nothing_and_can_be_asked_again() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    server.store.fail_next(StoreFault::Unavailable);
    let refused = browser.sign_out().await.expect_problem(503, "store-unavailable");
    assert_eq!(refused.cookie_names(), Vec::<&str>::new());
    assert_eq!(server.end_reason(&session).await, None);
    browser.sign_out().await.expect_status(204);
    assert!(server.end_reason(&session).await.is_some());
}
