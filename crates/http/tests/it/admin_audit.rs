//! `/admin/audit`: the audit log.

use serde_json::json;

use crate::harness::{Answer, EMAIL, PASSWORD, Server};

fn kinds(page: &Answer) -> Vec<&str> {
    let items = page.body["items"].as_array().unwrap();
    items.iter().map(|item| item["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let server = Server::new();
    server.ann().await;
    let admin = server.admin().await;
    server.pass(60);
    let (browser, api) = (server.browser(), server.api());
    let session = browser.sign_in().await;
    server.pass(60);
    let body = json!({ "email": EMAIL, "password": "a wrong guess" });
    let refused = api.post("/auth/signin", &body).await;
    let refused = refused.expect_problem(401, "invalid-credentials");
    let everything = [
        "signin.failed",
        "session.started",
        "session.started",
        "user.created",
        "session.started",
        "user.created",
    ];
    let all = admin.get("/admin/audit").await.expect_status(200);
    assert_eq!(kinds(&all), everything);
    let found = admin.get(&format!("/admin/users?q={EMAIL}")).await;
    let ann = found.text_at("/items/0/id");
    let request = refused.header("x-request-id").unwrap();
    let minute = "since=2026-01-01T00:01:00Z&until=2026-01-01T00:02:00Z";
    for (query, found) in [
        (
            format!("user={ann}"),
            &[
                "signin.failed",
                "session.started",
                "session.started",
                "user.created",
            ][..],
        ),
        (format!("session={session}"), &["session.started"]),
        (format!("request={request}"), &["signin.failed"]),
        ("kind=user.created".to_owned(), &["user.created", "user.created"]),
        (minute.to_owned(), &["session.started"]),
        ("until=2026-01-01T00:00:00Z".to_owned(), &[]),
    ] {
        let page = admin.get(&format!("/admin/audit?{query}")).await;
        assert_eq!(kinds(&page.expect_status(200)), found, "{query}");
    }
    let mut paged = Vec::new();
    let mut next = String::new();
    loop {
        let page = admin.get(&format!("/admin/audit?limit=4{next}")).await;
        paged.extend(kinds(&page).iter().map(|&kind| kind.to_owned()));
        match page.body["next"].as_i64() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, everything);
    let page = admin
        .get(&format!("/admin/audit?user={ann}&kind=signin.failed"))
        .await;
    insta::assert_json_snapshot!(page.snapshot());
}

#[tokio::test]
async fn a_query_that_cannot_be_understood_is_refused() {
    let server = Server::new();
    let admin = server.admin().await;
    for query in [
        "limit=0",
        "limit=101",
        "kind=unknown",
        "session=x",
        "request=a%20b",
        "since=yesterday",
        "cursor=x",
        "users=x",
    ] {
        let answer = admin.get(&format!("/admin/audit?{query}")).await;
        answer.expect_problem(400, "invalid-request");
    }
    admin
        .get("/admin/audit?user=nobody")
        .await
        .expect_problem(404, "not-found");
}

#[tokio::test]
async fn nothing_that_was_typed_is_in_it() {
    let server = Server::new();
    let admin = server.admin().await;
    let body = json!({ "email": EMAIL, "name": "Secret Name", "password": PASSWORD });
    let created = admin.post("/admin/users", &body).await.expect_status(201);
    let changes = json!({ "metadata": { "note": "very private" }, "email": "other@example.com" });
    admin
        .patch(&format!("/admin/users/{}", created.text_at("/id")), &changes)
        .await
        .expect_status(200);
    let log = admin.get("/admin/audit").await.expect_status(200);
    assert_eq!(kinds(&log)[0], "user.updated");
    for typed in [
        EMAIL,
        "other@example.com",
        "Secret Name",
        "very private",
        PASSWORD,
    ] {
        assert!(!log.text.contains(typed), "{typed} is in {}", log.text);
    }
}
