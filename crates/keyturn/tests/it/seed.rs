//! Filling a store with many sessions, for measuring.

use serde_json::{Value, json};

use crate::cli::{done, failed, keyturn};
use crate::client::Client;
use crate::server::Server;

#[tokio::test]
async fn seeded_sessions_are_live_and_who_has_a_token_is_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let seed = [
        "dev",
        "seed",
        "--data-dir",
        "data",
        "--sessions",
        "50",
        "--accounts",
        "5",
        "--tokens",
        "2",
    ];
    let tokens = done(keyturn(folder.path(), &seed));
    let tokens: Vec<&str> = tokens.lines().collect();
    assert_eq!(tokens.len(), 2);
    let list = |what| {
        let args = [what, "list", "--json", "--data-dir", "data", "--limit", "1000"];
        let listed: Value = serde_json::from_str(&done(keyturn(folder.path(), &args))).unwrap();
        listed.as_array().unwrap().len()
    };
    assert_eq!((list("user"), list("session")), (5, 50));
    let server = Server::start(&folder.path().join("data"), &[]);
    for token in tokens {
        let refresh = json!({ "refresh_token": token });
        let answer = Client::to(server.url()).ask("/auth/refresh", refresh).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["session"]["generation"], 1);
    }
    failed(&keyturn(folder.path(), &seed), 69, "in use");
}

#[test]
fn a_folder_with_accounts_is_seeded_only_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let seed = ["dev", "seed", "--data-dir", "data", "--sessions", "3"];
    done(keyturn(folder.path(), &seed));
    failed(&keyturn(folder.path(), &seed), 1, "--add");
    done(keyturn(folder.path(), &[&seed[..], &["--add"]].concat()));
    let list = ["session", "list", "--json", "--data-dir", "data"];
    let listed: Value = serde_json::from_str(&done(keyturn(folder.path(), &list))).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 6);
}
