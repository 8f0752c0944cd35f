//! The command line beside the server, an orderly stop, and a database that can't be written.

use serde_json::json;
use tempfile::TempDir;

use super::{PASSWORD, World, access, id, refresh};
use crate::browser::Browser;
use crate::client::{Answer, Client};
use crate::patience::patiently;
use crate::place::Engine;
use crate::server::{self, Server};

#[tokio::test]
async fn r1_3_r2_6_the_command_line_beside_the_server_is_felt() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let suspended = world.sign_up("jon@example.org").await;
        let kept = world.sign_up("kim@example.org").await;
        let ended = world.sign_in("kim@example.org").await;

        world
            .server
            .command(&["user", "set-state", "jon@example.org", "suspended"], "");
        until(401, async || world.session(access(&suspended)).await)
            .await
            .expect_ended("account_state");
        world
            .refresh(refresh(&suspended))
            .await
            .expect_ended("account_state");
        let body = json!({ "email": "jon@example.org", "password": PASSWORD });
        let refused = world.client.ask("/auth/signin", body).await.expect(403);
        assert_eq!(refused.field("code"), "account-not-active");

        world.server.command(&["session", "end", &id(&ended)], "");
        until(401, async || world.session(access(&ended)).await)
            .await
            .expect_ended("admin");
        world.refresh(refresh(&ended)).await.expect_ended("admin");
        world.refresh(refresh(&kept)).await.expect(200);
    }
}

/// Asks until the answer has the status that another process has brought about.
async fn until(status: u16, mut ask: impl AsyncFnMut() -> Answer) -> Answer {
    for _ in patiently() {
        let answer = ask().await;
        if answer.status == status {
            return answer;
        }
    }
    panic!("status {status} did not come")
}

#[tokio::test]
async fn an_orderly_stop_exits_with_0_and_keeps_what_was_acknowledged() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    let server = Server::start(&data_dir, &[]);
    assert!(
        server.greeting()[2].contains("made just now"),
        "{:?}",
        server.greeting()
    );
    let client = Client::to(server.url());
    let body = json!({ "email": "lee@example.org", "password": PASSWORD });
    let signed_up = client.ask("/auth/signup", body).await.expect(201);
    assert_eq!(server.stop(), "", "six lines, and nothing after them");

    let listed = server::command(&data_dir, &["user", "list", "--json"], "").json();
    assert_eq!(listed[0]["email"], "lee@example.org");
    let server = Server::start(&data_dir, &[]);
    assert!(
        !server.greeting()[2].contains("made just now"),
        "{:?}",
        server.greeting()
    );
    let client = Client::to(server.url());
    let refreshed = client
        .ask("/auth/refresh", json!({ "refresh_token": refresh(&signed_up) }))
        .await;
    assert_eq!(refreshed.expect(200).generation(), 1);
}

/// Somebody holds the database's write lock for longer than a request may live: no answer, but nobody is signed out by it.
#[tokio::test]
async fn i9_a_database_that_cannot_be_written_signs_nobody_out() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    // A request lives half a window: short, so that the test does not wait for long.
    let server = Server::start(&data_dir, &["--set", "refresh.concurrent_window=1s"]);
    let client = Client::to(server.url());
    let person = |email: &str| json!({ "email": email, "password": PASSWORD });
    let ann = client
        .ask("/auth/signup", person("ann@example.org"))
        .await
        .expect(201);
    let leaver = client
        .ask("/auth/signin", person("ann@example.org"))
        .await
        .expect(200);
    let mut browser = Browser::open(&client).await.unwrap();
    browser
        .ask(&client, "/auth/signin", person("ann@example.org"))
        .await
        .expect(200);
    let by_key = || {
        let request = client
            .post("/auth/refresh")
            .json(json!({ "refresh_token": refresh(&ann) }));
        request.header("idempotency-key", "1f0c2f52-7b7e-4d0c-9a63")
    };
    let by_cookie = |browser: &Browser| browser.post(&client, "/auth/refresh");
    let sign_out = || {
        client
            .post("/auth/signout")
            .json(json!({ "refresh_token": refresh(&leaver) }))
    };

    let lock = rusqlite::Connection::open(data_dir.join("keyturn.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let unanswered = tokio::join!(by_key().send(), by_cookie(&browser).send(), sign_out().send());
    for answer in [unanswered.0, unanswered.1, unanswered.2] {
        let answer = answer.expect(503);
        assert!(
            answer.headers.contains_key("retry-after") && answer.body.get("reason").is_none(),
            "{}",
            answer.text
        );
        assert_eq!(
            answer.cookies().count(),
            0,
            "no cookie is set, and none is taken back"
        );
    }
    lock.execute_batch("ROLLBACK").unwrap();

    assert_eq!(by_key().send().await.expect(200).generation(), 1);
    assert_eq!(
        browser.send(by_cookie(&browser)).await.expect(200).generation(),
        1
    );
    sign_out().send().await.expect(204);
    client
        .ask("/auth/refresh", json!({ "refresh_token": refresh(&leaver) }))
        .await
        .expect_ended("signed_out");
}
