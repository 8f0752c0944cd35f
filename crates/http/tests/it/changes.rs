//! `GET /auth/changes`, as pages of JSON; streams are tried against the real binary.

use std::sync::Arc;

use axum::http::{Method, header};
use keyturn_core::model::{AccountState, ServiceScope};
use serde_json::{Value, json};

use crate::harness::{Answer, Server, request};

const PATH: &str = "/auth/changes";
const BOTH: [ServiceScope; 2] = [ServiceScope::ChangesSessions, ServiceScope::ChangesAccounts];

/// Asks with this secret for a page.
async fn ask(server: &Arc<Server>, secret: &str, query: &str) -> Answer {
    let builder = request(Method::GET, &format!("{PATH}{query}"))
        .header(header::AUTHORIZATION, format!("Bearer {secret}"))
        .header(header::ACCEPT, "application/json");
    server.anonymous().send(builder, "").await
}

fn kinds(page: &Answer) -> Vec<&str> {
    let items = page.body["items"].as_array().unwrap();
    items.iter().map(|item| item["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn who_follows_is_told_everything_once_in_order() {
    let server = Server::new();
    let secret = server.service("follower", &BOTH).await;
    let empty = ask(&server, &secret, "").await.expect_status(200);
    assert_eq!(
        empty.body,
        json!({ "snapshot": true, "items": [], "next": "memory:0", "more": false })
    );

    server.ann().await;
    let api = server.api();
    api.sign_in().await;
    server.set_state(AccountState::Suspended).await;
    let page = ask(&server, &secret, "?after=memory:0").await.expect_status(200);
    assert_eq!(
        kinds(&page),
        [
            "account.created",
            "account.state",
            "session.ended",
            "session.ended"
        ]
    );
    assert_eq!(page.body["snapshot"], false);
    insta::assert_json_snapshot!(page.snapshot());
    let next = format!("?after={}", page.text_at("/next"));
    let nothing = ask(&server, &secret, &next).await.expect_status(200);
    assert_eq!(nothing.body["items"], json!([]));
    assert_eq!(nothing.body["next"], page.body["next"]);
}

#[tokio::test]
async fn a_position_that_leads_nowhere_begins_with_a_snapshot() {
    let server = Server::new();
    let secret = server.service("follower", &BOTH).await;
    server.ann().await;
    for after in ["", "?after=", "?after=another:1", "?after=memory:99"] {
        let page = ask(&server, &secret, after).await.expect_status(200);
        assert_eq!(page.body["snapshot"], true, "{after}");
        assert_eq!(kinds(&page), ["account.created"], "{after}");
    }
    let header = request(Method::GET, PATH)
        .header(header::AUTHORIZATION, format!("Bearer {secret}"))
        .header(header::ACCEPT, "application/json")
        .header("last-event-id", "memory:1");
    let page = server.anonymous().send(header, "").await.expect_status(200);
    assert_eq!(page.body["items"], json!([]));
}

/// A snapshot of sessions is bounded by what can still be unexpired.
#[tokio::test]
async fn a_snapshot_of_sessions_leaves_out_those_whose_tokens_have_expired() {
    let server = Server::new();
    let secret = server.service("follower", &[ServiceScope::ChangesSessions]).await;
    server.ann().await;
    let ended = || async {
        let page = ask(&server, &secret, "").await.expect_status(200);
        page.body["items"].as_array().unwrap().len()
    };
    for _ in 0..3 {
        let api = server.api();
        api.sign_in().await;
        api.post("/auth/signout", &json!({})).await.expect_status(204);
        server.pass(600);
    }
    assert_eq!(ended().await, 3);
    server.pass(61);
    assert_eq!(
        ended().await,
        2,
        "tokens live for half an hour, and clocks differ by a minute"
    );
    server.pass(600);
    assert_eq!(ended().await, 1);
}

#[tokio::test]
async fn a_service_is_told_what_its_scopes_name() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    api.sign_in().await;
    api.post("/auth/signout", &json!({})).await.expect_status(204);
    let sessions = server.service("sess", &BOTH[..1]).await;
    let accounts = server.service("accounts", &BOTH[1..]).await;
    let both = server.service("follows-both", &BOTH).await;
    for (secret, query, expected) in [
        (&sessions, "", &["session.ended"][..]),
        (&accounts, "", &["account.created"]),
        (&both, "", &["account.created", "session.ended"]),
        (&both, "?topics=accounts", &["account.created"]),
        (&both, "?topics=sessions", &["session.ended"]),
        (
            &both,
            "?topics=sessions,accounts",
            &["account.created", "session.ended"],
        ),
    ] {
        let page = ask(&server, secret, query).await.expect_status(200);
        assert_eq!(kinds(&page), expected, "{query}");
    }
    for (secret, query) in [
        (&sessions, "?topics=accounts"),
        (&accounts, "?topics=sessions,accounts"),
    ] {
        ask(&server, secret, query)
            .await
            .expect_problem(403, "insufficient-scope");
    }
    let none = server.service("none", &[ServiceScope::Introspect]).await;
    ask(&server, &none, "")
        .await
        .expect_problem(403, "insufficient-scope");
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_in_words() {
    let server = Server::new();
    let secret = server.service("follower", &BOTH).await;
    for query in ["?after=7", "?after=a:b", "?topics=", "?topics=all", "?since=1"] {
        ask(&server, &secret, query)
            .await
            .expect_problem(400, "invalid-request");
    }
    server
        .anonymous()
        .get(PATH)
        .await
        .expect_problem(401, "invalid-client");
    let ann = server.api();
    server.ann().await;
    ann.sign_in().await;
    ask(&server, &ann.access(), "")
        .await
        .expect_problem(401, "invalid-client");
    server.feed.close();
    ask(&server, &secret, "").await.expect_problem(503, "draining");
}

#[tokio::test]
async fn a_deleted_account_is_named_by_what_applications_know() {
    let server = Server::new();
    let secret = server.service("follower", &BOTH[1..]).await;
    server.ann().await;
    let api = server.api();
    let (_, _) = api.sign_in().await;
    let context = api.get("/auth/session").await.expect_status(200);
    let delete = json!({ "current_password": crate::harness::PASSWORD });
    api.send(api.request(Method::DELETE, "/auth/account"), &delete)
        .await
        .expect_status(204);
    let page = ask(&server, &secret, "").await.expect_status(200);
    let deleted: &Value = page.body["items"].as_array().unwrap().last().unwrap();
    assert_eq!(deleted["kind"], "account.deleted");
    assert_eq!(deleted["user_id"], context.body["user_id"]);
    assert_eq!(deleted["state"], Value::Null);
}
