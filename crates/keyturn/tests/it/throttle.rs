//! Limits that the real binary holds, also after a restart.

use serde_json::json;
use tempfile::TempDir;

use crate::client::Client;
use crate::server::Server;

const PASSWORD: &str = "nine lives of a patient cat";

#[tokio::test]
async fn what_was_counted_survives_a_restart() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    let limits = [
        "--set",
        "throttle.account_burst=2",
        "--set",
        "throttle.account_refill=1d",
    ];
    let server = Server::start(&data_dir, &limits);
    let client = Client::to(server.url());
    let ann = |password: &str| json!({ "email": "ann@example.org", "password": password });
    client.ask("/auth/signup", ann(PASSWORD)).await.expect(201);
    for _ in 0..2 {
        let guess = ann("nine lives of a hasty cat");
        client.ask("/auth/signin", guess).await.expect(401);
    }
    client.ask("/auth/signin", ann(PASSWORD)).await.expect(429);
    server.kill_9();
    let server = Server::start(&data_dir, &limits);
    let client = Client::to(server.url());
    client.ask("/auth/signin", ann(PASSWORD)).await.expect(429);
}

#[tokio::test]
async fn an_account_can_be_held_to_one_session() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    let server = Server::start(&data_dir, &["--set", "session.per_account_limit=1"]);
    let client = Client::to(server.url());
    let ann = || json!({ "email": "ann@example.org", "password": PASSWORD });
    client.ask("/auth/signup", ann()).await.expect(201);
    client.ask("/auth/signin", ann()).await.expect(200);
    let listed = server.command(&["session", "list", "--all", "--json"], "").json();
    let reasons: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|session| &session["end_reason"])
        .collect();
    assert_eq!(reasons, [&json!(null), &json!("session_limit")], "{listed}");
}
