//! What the log says about requests: a line for each, and each one's id in the lines that it caused, for people and for programs.

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::client::Client;
use crate::server::Server;

#[tokio::test]
async fn each_request_has_a_line_and_its_warnings_carry_its_id() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let client = Client::to(server.url());
    let account = json!({ "email": "ann@example.org", "password": "a long and quiet phrase" });
    let stolen = client.ask("/auth/signup", account).await.expect(201);
    let stolen = json!({ "refresh_token": stolen.field("refresh_token") });
    client.ask("/auth/refresh", stolen.clone()).await.expect(200);
    let reused = client.post("/auth/refresh").json(stolen);
    reused
        .header("x-request-id", "the-thief")
        .send()
        .await
        .expect_ended("token_reuse");
    let nowhere = client.get("/auth/nowhere/a-pasted-token?code=a-pasted-code");
    nowhere
        .header("x-request-id", "the-lost")
        .send()
        .await
        .expect(404);
    server.stop();
    let logs = crate::server::logs(&folder.path().join("data"));
    let line = |part: &str| {
        logs.lines()
            .find(|line| line.contains(part))
            .unwrap_or_else(|| panic!("no line with {part}: {logs}"))
    };
    assert!(line("used by somebody who should not have it").contains("request.id=\"the-thief\""));
    assert!(line("POST /auth/refresh answered 401").contains("the-thief"));
    assert!(line("GET none answered 404").contains("the-lost"));
    let ours: Vec<_> = logs
        .lines()
        .filter(|line| line.contains("keyturn_http"))
        .collect();
    assert!(!ours.iter().any(|line| line.contains("a-pasted")), "{ours:?}");
}

#[tokio::test]
async fn as_json_a_line_has_the_fields_of_the_text_and_the_id_of_its_request() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &["--set", "log.format=json"]);
    let client = Client::to(server.url());
    let account = json!({ "email": "ann@example.org", "password": "a long and quiet phrase" });
    let stolen = client.ask("/auth/signup", account).await.expect(201);
    let session = stolen.body["session"]["id"].clone();
    let stolen = json!({ "refresh_token": stolen.field("refresh_token") });
    client.ask("/auth/refresh", stolen.clone()).await.expect(200);
    let reused = client.post("/auth/refresh").json(stolen);
    let reused = reused.header("x-request-id", "the-thief").send().await;
    reused.expect_ended("token_reuse");
    server.stop();
    let lines: Vec<Value> = crate::server::logs(&folder.path().join("data"))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let of_the_thief = |part: &str| {
        let found = lines.iter().find(|line| {
            line["request.id"] == "the-thief"
                && line["message"].as_str().is_some_and(|text| text.contains(part))
        });
        found.unwrap_or_else(|| panic!("no line with {part}"))
    };
    let reuse = of_the_thief("used by somebody who should not have it");
    assert_eq!(reuse["session.id"], session);
    assert_eq!(reuse["kind"], "unproven_predecessor");
    assert_eq!(reuse["level"], "WARN");
    assert_eq!(reuse["target"], "keyturn_core::service::refresh");
    assert!(
        reuse["timestamp"]
            .as_str()
            .is_some_and(|text| text.ends_with('Z')),
        "{reuse}"
    );
    let answered = of_the_thief("answered 401");
    assert_eq!(answered["http.route"], "/auth/refresh");
    assert_eq!(answered["http.status"], 401);
    assert!(answered["duration_us"].is_number(), "{answered}");
}
