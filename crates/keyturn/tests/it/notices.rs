//! Notices of the real binary, as the outbox has them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, Request};
use crate::patience::patiently;
use crate::server::Server;

const EMAIL: &str = "ann@example.org";
const PASSWORD: &str = "a lantern behind nine doors";

fn sign_in(client: &Client, agent: &str) -> Request {
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    client.post("/auth/signin").header("user-agent", agent).json(body)
}

async fn refresh(client: &Client, token: &str) -> Value {
    let body = json!({ "refresh_token": token });
    client.ask("/auth/refresh", body).await.body
}

/// The messages, once there are as many.
async fn outbox(client: &Client, data_dir: &Path, count: usize) -> Vec<String> {
    for _ in patiently() {
        let entries = fs::read_dir(data_dir.join("outbox")).into_iter().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        paths.sort_unstable();
        if paths.len() >= count {
            let read = paths.iter().map(|path| fs::read_to_string(path).unwrap());
            return read.collect();
        }
        client.get("/livez").send().await.expect(200);
    }
    panic!("never as many as {count}");
}

#[tokio::test]
async fn a_device_that_is_not_known_and_a_reuse_are_told_by_mail() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    let server = Server::start(&data_dir, &[]);
    let client = Client::to(server.url());
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    client.ask("/auth/signup", account).await.expect(201);
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let signed_in = sign_in(&client, agent).send().await.expect(200);
    let first = signed_in.field("refresh_token").to_owned();
    let second = refresh(&client, &first).await;
    refresh(&client, second["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refresh(&client, &first).await["reason"], "token_reuse");
    let messages = outbox(&client, &data_dir, 2).await;
    let about = |subject: &str| {
        let header = format!("Subject: {subject}");
        let found = messages.iter().find(|message| message.contains(&header));
        found
            .unwrap_or_else(|| panic!("no {subject}: {messages:?}"))
            .as_str()
    };
    let device = about("New sign-in to your account at Keyturn");
    let reuse = about("A device was signed out of your account at Keyturn");
    for message in [device, reuse] {
        for part in [
            "\r\nMessage-ID: <",
            "@localhost>\r\n",
            "\r\nDate: ",
            "\r\nAuto-Submitted: auto-generated\r\n",
            "To: ann@example.org\r\n",
            "Firefox on Linux",
            "127.0.0.1",
            "/account",
        ] {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert!(
            !message.contains("ktr_") && !message.contains(&first[4..24]),
            "{message}"
        );
    }
    server.stop();
}
