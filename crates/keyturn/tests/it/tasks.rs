//! The tasks in the real binary: who reaches them, by which credential, and that they go with their account.

use std::path::Path;

use keyturn_http::ProblemCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::client::Client;
use crate::patience::patiently;
use crate::place::{Engine, Place};
use crate::server::{Server, UNTHROTTLED};

const PASSWORD: &str = "nine lives of a patient cat";

async fn signed_up(client: &Client, email: &str) -> String {
    let answer = client.sign_up(email, PASSWORD).await;
    answer.field("access_token").to_owned()
}

async fn created(client: &Client, token: &str, title: &str) -> Value {
    let asked = client
        .post("/api/tasks")
        .bearer(token)
        .json(json!({ "title": title }));
    asked.send().await.expect(201).body
}

fn path(task: &Value) -> String {
    format!("/api/tasks/{}", task["id"].as_str().unwrap())
}

#[tokio::test]
async fn r4_2_an_expired_access_token_is_answered_401_and_a_refresh_helps() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with_virtual_clock(&folder.path().join("data"));
    let client = Client::to(server.url());
    let tokens = client.sign_up("ann@example.org", PASSWORD).await;
    let task = created(&client, tokens.field("access_token"), "Buy milk").await;
    Client::to(server.ops()).advance("30m").await;
    let expired = client
        .get("/api/tasks")
        .bearer(tokens.field("access_token"))
        .send()
        .await
        .expect(401);
    assert_eq!(expired.body["code"], "token-expired");
    let renewed = client
        .ask(
            "/auth/refresh",
            json!({ "refresh_token": tokens.field("refresh_token") }),
        )
        .await;
    let renewed = renewed.expect(200);
    let read = client
        .get(&path(&task))
        .bearer(renewed.field("access_token"))
        .send()
        .await
        .expect(200);
    assert_eq!(read.body, task);
    // Asking was activity: the session lives on past what would have been its idle end.
    Client::to(server.ops()).advance("29m 59s").await;
    client
        .get("/api/tasks")
        .bearer(renewed.field("access_token"))
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn r5_2_r5_3_people_reach_their_own_tasks_alone_on_both_stores() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let server = Server::start(&place.data_dir(), &UNTHROTTLED);
        let client = Client::to(server.url());
        let (ann, bob) = (
            signed_up(&client, "ann@example.org").await,
            signed_up(&client, "bob@example.org").await,
        );
        let task = created(&client, &ann, "Ann's").await;
        for (method, path) in [
            (Method::GET, path(&task)),
            (Method::PATCH, path(&task)),
            (Method::DELETE, path(&task)),
            (
                Method::POST,
                format!("/api/tasks/deleted/{}/restore", task["id"].as_str().unwrap()),
            ),
            (
                Method::DELETE,
                format!("/api/tasks/deleted/{}", task["id"].as_str().unwrap()),
            ),
        ] {
            let asked = client.request(method, &path).bearer(&bob).header("if-match", "*");
            let refused = asked.json(json!({ "title": "Bob's" })).send().await.expect(404);
            assert_eq!(refused.body["code"], "not-found", "{engine:?}");
        }
        client
            .request(Method::DELETE, &path(&task))
            .bearer(&ann)
            .send()
            .await
            .expect(200);
        let restore = format!("/api/tasks/deleted/{}/restore", task["id"].as_str().unwrap());
        let restored = client.post(&restore).bearer(&ann).send().await.expect(200);
        assert_eq!(restored.body, task, "{engine:?}");

        // Signed out is signed out here, too, at once.
        client
            .post("/auth/signout")
            .bearer(&ann)
            .json(json!({}))
            .send()
            .await
            .expect(204);
        let ended = client.get("/api/tasks").bearer(&ann).send().await;
        ended.expect_ended("signed_out");
        client.get("/readyz").send().await.expect(200);
    }
}

#[tokio::test]
async fn r5_2_a_browser_reaches_its_tasks_by_cookie_and_another_origin_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &UNTHROTTLED);
    let client = Client::to(server.url());
    signed_up(&client, "ann@example.org").await;
    let mut browser = Browser::open(&client).await.unwrap();
    let body = json!({ "email": "ann@example.org", "password": PASSWORD });
    browser.ask(&client, "/auth/signin", body).await.expect(200);
    let made = browser
        .post(&client, "/api/tasks")
        .json(json!({ "title": "t" }))
        .send()
        .await
        .expect(201);
    let listed = browser.get(&client, "/api/tasks").send().await.expect(200);
    assert_eq!(listed.body["items"][0], made.body);
    let cookies: Vec<_> = ["__Host-keyturn_access", "__Host-keyturn_refresh"]
        .map(|name| format!("{name}={}", browser.cookie(name)))
        .into();
    let forged = client.post("/api/tasks").header("origin", "https://evil.example");
    let forged = forged
        .header("cookie", cookies.join("; "))
        .json(json!({ "title": "forged" }));
    let refused = forged.send().await.expect(403);
    assert_eq!(refused.body["code"], "csrf-origin");
    let listed = browser.get(&client, "/api/tasks").send().await.expect(200);
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn where_the_csrf_token_is_wanted_a_cookie_alone_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let flags = [&UNTHROTTLED[..], &["--set", "tasks.csrf=token"]].concat();
    let server = Server::start(&folder.path().join("data"), &flags);
    let client = Client::to(server.url());
    let token = signed_up(&client, "ann@example.org").await;
    created(&client, &token, "by bearer").await;
    let mut browser = Browser::open(&client).await.unwrap();
    let body = json!({ "email": "ann@example.org", "password": PASSWORD });
    browser.ask(&client, "/auth/signin", body).await.expect(200);
    browser
        .post(&client, "/api/tasks")
        .json(json!({ "title": "t" }))
        .send()
        .await
        .expect(201);
    let cookie = format!(
        "__Host-keyturn_access={}",
        browser.cookie("__Host-keyturn_access")
    );
    let bare = client
        .post("/api/tasks")
        .header("cookie", cookie)
        .json(json!({ "title": "t" }));
    let refused = bare.send().await.expect(403);
    assert_eq!(refused.body["code"], "csrf-invalid");
}

#[tokio::test]
async fn tasks_go_with_their_account_also_when_it_went_while_nobody_listened() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &UNTHROTTLED);
    let client = Client::to(server.url());
    let mut tokens = Vec::new();
    for name in ["ann", "bob", "cleo"] {
        let token = signed_up(&client, &format!("{name}@example.org")).await;
        created(&client, &token, name).await;
        tokens.push(token);
    }
    client.delete_account(&tokens[0], PASSWORD).await;
    comes_to(&data, &["bob", "cleo"]).await;
    server.stop();
    let without = Server::start(
        &data,
        &[&UNTHROTTLED[..], &["--set", "tasks.enabled=false"]].concat(),
    );
    let client = Client::to(without.url());
    client
        .get("/api/tasks")
        .bearer(&tokens[1])
        .send()
        .await
        .expect(404);
    let described = client.get("/openapi.json").send().await.expect(200);
    assert!(!described.text.contains("/api/tasks"));
    client.delete_account(&tokens[1], PASSWORD).await;
    without.stop();
    let _server = Server::start(&data, &UNTHROTTLED);
    comes_to(&data, &["cleo"]).await;
}

/// Looks until these tasks are there and no others.
async fn comes_to(data: &Path, titles: &[&str]) {
    let tasks = rusqlite::Connection::open(data.join("tasks.db")).unwrap();
    let mut found = Vec::new();
    for _ in patiently() {
        let mut all = tasks
            .prepare_cached("SELECT title FROM tasks ORDER BY title")
            .unwrap();
        let rows = all.query_map([], |row| row.get::<_, String>(0)).unwrap();
        found = rows.collect::<Result<Vec<_>, _>>().unwrap();
        if found == titles {
            return;
        }
    }
    panic!("{found:?} instead of {titles:?}");
}

#[test]
fn the_codes_of_tasks_are_codes_of_the_interface() {
    for (code, status, title) in keyturn_tasks::PROBLEMS {
        let known = ProblemCode::ALL.iter().find(|known| known.as_str() == code);
        let known = known.unwrap_or_else(|| panic!("{code}"));
        assert_eq!((known.status(), known.title()), (status, title), "{code}");
    }
}
