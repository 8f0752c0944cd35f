//! What `explain` says of a request by its id, and of an id that nobody knows.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Way;
use crate::client::Client;
use crate::server::Server;

#[tokio::test]
async fn a_request_is_explained_by_its_id_and_a_name_that_is_nobodys_is_kept_nowhere() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    let server = Server::start(&data_dir, &[]);
    let client = Client::to(server.url());
    let sign_in = |identifier: &str, id: &'static str| {
        let body = json!({ "identifier": identifier, "password": "a guess that is wrong" });
        client.post("/auth/signin").json(body).header("x-request-id", id)
    };
    client.ask("/auth/signup", Way::SignOut.body()).await.expect(201);
    let typed = "my-own-password-typed-as-a-name";
    sign_in(typed, "unknown-1").send().await.expect(401);
    sign_in(&Way::SignOut.email(), "wrong-1").send().await.expect(401);
    let explained = |id: &str| server.command(&["explain", id, "--json"], "").json();
    let (unknown, wrong) = (explained("unknown-1"), explained("wrong-1"));
    assert_eq!(unknown["events"][0]["detail"], "unknown_account", "{unknown}");
    assert_eq!(unknown["events"][0]["user_id"], Value::Null);
    assert_eq!(wrong["events"][0]["detail"], "wrong_password", "{wrong}");
    assert!(wrong["events"][0]["user_id"].is_string());
    assert_eq!(wrong["events"][0]["ip_address"], "127.0.0.1");
    let told = server.command(&["explain", "wrong-1"], "").stdout;
    assert!(told.contains("the password was wrong"), "{told}");
    for file in ["keyturn.db", "keyturn.db-wal"] {
        let bytes = std::fs::read(data_dir.join(file)).unwrap();
        let found = bytes
            .windows(typed.len())
            .any(|window| window == typed.as_bytes());
        assert!(!found, "{file}");
    }
}

#[test]
fn what_is_not_known_can_not_be_explained() {
    let folder = TempDir::new().unwrap();
    crate::cli::done(crate::cli::keyturn(folder.path(), &["migrate"]));
    let explain = |id: &str| crate::cli::keyturn(folder.path(), &["explain", id]);
    let nobody = "00000000-0000-7000-8000-000000000000";
    crate::cli::failed(&explain(nobody), 1, "nothing is recorded");
    crate::cli::failed(&explain("no such id"), 64, "no id of a session or a request");
}
