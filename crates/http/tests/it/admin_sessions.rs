//! `/admin/sessions`: everybody's sessions, and the story of one.

use keyturn_core::model::{AuditActor, AuditKind, EndReason, SessionId};
use keyturn_core::ports::AuditStore;
use serde_json::{Value, json};

use crate::harness::Server;

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn r5_1_an_administrator_sees_everybodys_sessions() {
    let server = Server::new();
    server.ann().await;
    server.pass(1);
    let admin = server.admin().await;
    server.pass(1);
    let browser = server.browser();
    let session = browser.sign_in().await;
    let all = admin.get("/admin/sessions").await.expect_status(200);
    assert_eq!(ids(&all.body).len(), 3);
    assert_eq!(ids(&all.body)[0], session);
    assert_eq!(all.body["items"][1]["current"], true);
    let ann = all.text_at("/items/0/user_id");
    let of_ann = format!("/admin/sessions?user={ann}");
    let listed = admin.get(&of_ann).await.expect_status(200);
    assert_eq!(ids(&listed.body).len(), 2);
    assert_eq!(listed.body["items"][0]["ip_address"], "192.0.2.7");
    browser.sign_out().await.expect_status(204);
    assert!(!ids(&admin.get(&of_ann).await.body).contains(&session));
    let with_ended = admin.get(&format!("{of_ann}&state=all")).await;
    assert!(ids(&with_ended.body).contains(&session));
    let mut paged = Vec::new();
    let mut next = String::new();
    loop {
        let page = admin
            .get(&format!("/admin/sessions?state=all&limit=2{next}"))
            .await;
        paged.extend(ids(&page.body));
        match page.body["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, ids(&admin.get("/admin/sessions?state=all").await.body));
}

#[tokio::test]
async fn a_query_that_cannot_be_understood_is_refused() {
    let server = Server::new();
    let admin = server.admin().await;
    for query in ["limit=0", "limit=101", "state=dead", "cursor=x", "who=x"] {
        let answer = admin.get(&format!("/admin/sessions?{query}")).await;
        answer.expect_problem(400, "invalid-request");
    }
    admin
        .get("/admin/sessions?user=nobody")
        .await
        .expect_problem(404, "not-found");
    let gone = "00000000-0000-7000-8000-000000000000";
    let none = admin.get(&format!("/admin/sessions?user={gone}")).await;
    assert_eq!(none.body, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn r5_1_an_administrator_ends_any_session_and_is_audited_for_it() {
    let server = Server::new();
    server.ann().await;
    let admin = server.admin().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    let path = format!("/admin/sessions/{session}");
    admin.delete(&path).await.expect_status(204);
    admin.delete(&path).await.expect_status(204);
    assert_eq!(server.end_reason(&session).await, Some(EndReason::Admin));
    browser.get("/auth/session").await.expect_session_ended("admin");
    let id: SessionId = session.parse().unwrap();
    let events = server.store.session_audit(id, 10).await.unwrap();
    let ended: Vec<_> = events
        .iter()
        .filter(|event| event.kind == AuditKind::SessionEnded)
        .collect();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].origin.actor, AuditActor::Administrator);
    admin
        .delete("/admin/sessions/x")
        .await
        .expect_problem(404, "not-found");
}

#[tokio::test]
async fn a_sessions_story_is_told_in_order() {
    let server = Server::new();
    server.ann().await;
    let admin = server.admin().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    server.pass(600);
    browser.refresh().await.expect_status(200);
    server.pass(60);
    let path = format!("/admin/sessions/{session}");
    let lives = admin.get(&path).await.expect_status(200);
    assert_eq!(lives.body["end"], Value::Null);
    let stolen = browser.cookie("refresh");
    let thief = server.browser();
    thief.with_jar(|jar| jar.set("refresh", stolen));
    thief.refresh().await.expect_session_ended("token_reuse");
    let told = admin.get(&path).await.expect_status(200);
    insta::assert_json_snapshot!(told.snapshot());
}

#[tokio::test]
async fn r1_6_a_session_that_is_over_unnoticed_is_told_as_over() {
    let server = Server::new();
    server.ann().await;
    let session = server.browser().sign_in().await;
    server.pass(3_600);
    let admin = server.admin().await;
    let told = admin
        .get(&format!("/admin/sessions/{session}"))
        .await
        .expect_status(200);
    assert_eq!(told.body["end"]["reason"], "idle");
    assert_eq!(told.body["end"]["recorded"], false);
    assert_eq!(told.body["session"]["state"], "inactive");
}
