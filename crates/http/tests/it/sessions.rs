//! `/auth/sessions`.

use keyturn_core::model::EndReason;
use serde_json::{Value, json};

use crate::harness::{Api, PASSWORD, Server};

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Somebody else, signed in.
async fn bob(server: &std::sync::Arc<Server>) -> Api {
    let api = server.api();
    let body = json!({ "email": "bob@example.com", "password": PASSWORD });
    let answer = api.post("/auth/signup", &body).await.expect_status(201);
    api.bear(answer.text_at("/access_token"));
    api
}

#[tokio::test]
async fn r5_1_a_person_sees_their_sessions_newest_first() {
    let server = Server::new();
    server.ann().await;
    bob(&server).await;
    let (browser, api) = (server.browser(), server.api());
    server.pass(60);
    browser.sign_in().await;
    server.pass(60);
    api.sign_in().await;
    let page = browser.get("/auth/sessions").await.expect_status(200);
    assert_eq!(ids(&page.body).len(), 3, "with the one from sign-up");
    assert_eq!(page.body["items"][1]["current"], true);
    assert_eq!(page.body["items"][0]["current"], false);
    insta::assert_json_snapshot!(page.snapshot());
}

#[tokio::test]
async fn r5_1_the_list_is_paged() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    for _ in 0..4 {
        server.pass(1);
        api.sign_in().await;
    }
    let all = ids(&api.get("/auth/sessions").await.body);
    let mut paged = Vec::new();
    let mut path = "/auth/sessions?limit=2".to_owned();
    let mut pages = 0;
    loop {
        let page = api.get(&path).await.expect_status(200).body;
        paged.extend(ids(&page));
        pages += 1;
        match page["next"].as_str() {
            Some(next) => path = format!("/auth/sessions?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((pages, all.len()), (3, 5));
    assert_eq!(paged, all);
}

#[tokio::test]
async fn a_query_that_cannot_be_understood_is_refused() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    api.sign_in().await;
    for query in [
        "limit=0",
        "limit=101",
        "limit=x",
        "state=dead",
        "cursor=x",
        "stat=all",
        "state=all&state=all",
    ] {
        let answer = api.get(&format!("/auth/sessions?{query}")).await;
        answer.expect_problem(400, "invalid-request");
    }
    for query in ["all=1", "al=true"] {
        let answer = api.delete(&format!("/auth/sessions?{query}")).await;
        answer.expect_problem(400, "invalid-request");
    }
}

#[tokio::test]
async fn r1_7_ended_sessions_stay_readable_with_their_reason() {
    let server = Server::new();
    server.ann().await;
    let (browser, api) = (server.browser(), server.api());
    let ended = browser.sign_in().await;
    server.pass(60);
    browser.refresh().await.expect_status(200);
    browser.sign_out().await.expect_status(204);
    api.sign_in().await;
    assert!(!ids(&api.get("/auth/sessions").await.body).contains(&ended));
    assert!(ids(&api.get("/auth/sessions?state=all").await.body).contains(&ended));
    let one = api
        .get(&format!("/auth/sessions/{ended}"))
        .await
        .expect_status(200);
    insta::assert_json_snapshot!(one.snapshot());
}

#[tokio::test]
async fn r1_7_a_session_past_its_end_is_shown_as_inactive_until_it_is_recorded() {
    let server = Server::new();
    server.ann().await;
    let (idle, api) = (server.browser(), server.api());
    let session = idle.sign_in().await;
    server.pass(3_600);
    api.sign_in().await;
    let one = api
        .get(&format!("/auth/sessions/{session}"))
        .await
        .expect_status(200);
    assert_eq!(one.body["state"], "inactive");
    assert_eq!(one.body["is_active"], false);
    assert_eq!(one.body["tokens"][0]["state"], "expired");
    idle.refresh().await.expect_session_ended("idle");
    let one = api
        .get(&format!("/auth/sessions/{session}"))
        .await
        .expect_status(200);
    assert_eq!(one.body["state"], "terminated");
    assert_eq!(
        one.body["ended_at"], "2026-01-01T01:00:00Z",
        "the end that was due"
    );
}

#[tokio::test]
async fn r5_1_a_person_ends_one_session() {
    let server = Server::new();
    server.ann().await;
    let (here, there) = (server.browser(), server.browser());
    here.sign_in().await;
    let session = there.sign_in().await;
    let path = format!("/auth/sessions/{session}");
    here.delete(&path).await.expect_status(204);
    here.delete(&path).await.expect_status(204);
    assert_eq!(
        server.end_reason(&session).await,
        Some(EndReason::SignedOutElsewhere)
    );
    there
        .get("/auth/session")
        .await
        .expect_session_ended("signed_out_elsewhere");
    there.refresh().await.expect_session_ended("signed_out_elsewhere");
    here.get("/auth/session").await.expect_status(200);
}

#[tokio::test]
async fn ending_the_current_session_clears_no_cookie_and_leaves_a_csrf_token_that_works() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    let answer = browser
        .delete(&format!("/auth/sessions/{session}"))
        .await
        .expect_status(204);
    assert_eq!(answer.cookie_names(), ["__Host-keyturn_csrf"]);
    assert_eq!(
        answer.header("x-csrf-token"),
        Some(browser.cookie("csrf").as_str())
    );
    assert_eq!(server.end_reason(&session).await, Some(EndReason::SignedOut));
    browser.refresh().await.expect_session_ended("signed_out");
    browser.sign_in().await;
}

#[tokio::test]
async fn r5_1_a_person_ends_the_others_or_all() {
    let server = Server::new();
    server.ann().await;
    let (browser, api) = (server.browser(), server.api());
    let session = browser.sign_in().await;
    api.sign_in().await;
    let answer = browser.delete("/auth/sessions").await.expect_status(200);
    assert_eq!(answer.body, json!({ "ended": 2 }), "with the one from sign-up");
    api.get("/auth/session")
        .await
        .expect_session_ended("signed_out_elsewhere");
    browser.get("/auth/session").await.expect_status(200);
    browser.refresh().await.expect_status(200);
    let answer = browser.delete("/auth/sessions?all=true").await.expect_status(200);
    assert_eq!(answer.body, json!({ "ended": 1 }));
    assert_eq!(server.end_reason(&session).await, Some(EndReason::SignedOut));
    browser
        .get("/auth/session")
        .await
        .expect_session_ended("signed_out");
}

#[tokio::test]
async fn r5_1_anothers_session_is_one_that_does_not_exist() {
    let server = Server::new();
    server.ann().await;
    let (session, _) = server.api().sign_in().await;
    let bob = bob(&server).await;
    let path = format!("/auth/sessions/{session}");
    let others = bob.get(&path).await.expect_problem(404, "not-found").snapshot();
    let absent = bob
        .get("/auth/sessions/01890000-0000-7000-8000-000000000000")
        .await;
    assert_eq!(absent.expect_problem(404, "not-found").snapshot(), others);
    let no_id = bob.get("/auth/sessions/nonsense").await;
    assert_eq!(no_id.expect_problem(404, "not-found").snapshot(), others);
    bob.delete(&path).await.expect_problem(404, "not-found");
    bob.delete("/auth/sessions/nonsense")
        .await
        .expect_problem(404, "not-found");
    assert_eq!(server.end_reason(&session).await, None);
}

#[tokio::test]
async fn without_a_credential_nothing_is_shown_or_ended() {
    let server = Server::new();
    let api = server.api();
    let path = "/auth/sessions/01890000-0000-7000-8000-000000000000";
    for answer in [
        api.get("/auth/sessions").await,
        api.get(path).await,
        api.delete("/auth/sessions").await,
        api.delete(path).await,
    ] {
        let answer = answer.expect_problem(401, "credentials-missing");
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Bearer"),
            "RFC 6750 §3: no error code"
        );
    }
}
