//! `keyturn service …` as an operator meets it.

use serde_json::Value;

use crate::cli::{done, failed, keyturn};
use crate::client::Client;
use crate::patience::patiently;
use crate::place::{Engine, Place};
use crate::server::Server;

#[test]
fn a_service_is_added_listed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| keyturn(folder.path(), args);
    done(run(&["migrate"]));
    assert!(done(run(&["service", "list"])).contains("keyturn service add"));
    let text = done(run(&["service", "add", "api", "--scope", "introspect"]));
    let secret = text.lines().next().unwrap();
    assert!(secret.starts_with("kts_") && secret.len() == 47, "{text}");
    assert!(text.contains("not shown again"), "{text}");
    let both = ["--scope", "session:start", "--scope", "introspect", "--json"];
    let args = [&["service", "add", "sign-in"][..], &both[..]].concat();
    let json: Value = serde_json::from_str(&done(run(&args))).unwrap();
    assert_eq!(json["name"], "sign-in");
    assert_eq!(json["scopes"], serde_json::json!(["introspect", "session:start"]));
    assert!(json["secret"].as_str().unwrap().starts_with("kts_"));

    let listed = done(run(&["service", "list"]));
    for part in ["NAME", "api", "sign-in", "introspect session:start"] {
        assert!(listed.contains(part), "{listed}");
    }
    let json: Value = serde_json::from_str(&done(run(&["service", "list", "--json"]))).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 2);
    for shown in [listed, json.to_string()] {
        assert!(!shown.contains("kts_"), "a secret is shown once: {shown}");
    }

    assert!(done(run(&["service", "remove", "api"])).contains("no longer good"));
    let json: Value = serde_json::from_str(&done(run(&["service", "remove", "sign-in", "--json"]))).unwrap();
    assert_eq!(json, serde_json::json!({ "removed": "sign-in" }));
    assert!(done(run(&["service", "list"])).contains("no services"));
}

#[test]
fn what_cannot_be_a_service_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| keyturn(folder.path(), args);
    failed(&run(&["service", "list"]), 69, "keyturn migrate");
    done(run(&["migrate"]));
    done(run(&["service", "add", "api", "--scope", "introspect"]));
    failed(
        &run(&["service", "add", "api", "--scope", "introspect"]),
        1,
        "there is a service api already",
    );
    failed(
        &run(&["service", "remove", "billing"]),
        1,
        "there is no service billing",
    );
    failed(
        &run(&["service", "add", "My API", "--scope", "introspect"]),
        64,
        "a-z, 0-9",
    );
    failed(
        &run(&["service", "add", "billing", "--scope", "admin"]),
        64,
        "introspect or session:start or changes:sessions or changes:accounts",
    );
    assert_eq!(run(&["service", "add", "billing"]).code, Some(64));
}

/// A change by the command line is felt at the next request of a running server; the metadata leads to where it asks.
#[tokio::test]
async fn a_running_server_knows_a_new_service_at_once_and_forgets_a_removed_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let client = Client::to(server.url());
    let metadata = client
        .get("/.well-known/oauth-authorization-server")
        .send()
        .await
        .expect(200);
    let path = metadata
        .field("introspection_endpoint")
        .strip_prefix(server.url())
        .unwrap()
        .to_owned();
    let ann = serde_json::json!({ "email": "ann@example.org", "password": "nine lives of a patient cat" });
    let signed_up = client.ask("/auth/signup", ann).await.expect(201);
    let added = server
        .command(&["service", "add", "api", "--scope", "introspect", "--json"], "")
        .json();
    let secret = added["secret"].as_str().unwrap();
    let form = [
        ("token", signed_up.field("access_token")),
        ("client_id", "api"),
        ("client_secret", secret),
    ];
    let ask = || client.post(&path).form(&form).send();
    let answer = ask().await.expect(200);
    assert_eq!(answer.body["active"], true);
    assert_eq!(answer.field("email"), "ann@example.org");
    server
        .command(&["session", "end", "--user", "ann@example.org", "--json"], "")
        .json();
    // The server hears of it within a moment, which no clock of this test measures.
    let mut worth = answer.body;
    for _ in patiently() {
        worth = ask().await.expect(200).body;
        if worth["active"] == false {
            break;
        }
    }
    assert_eq!(worth, serde_json::json!({ "active": false }));
    server.command(&["service", "remove", "api", "--json"], "").json();
    ask().await.expect(401);
}

/// Who tries secrets, and a program that was given too little, are found by the operator, on each engine.
#[tokio::test]
async fn who_is_turned_away_as_a_service_is_found_in_the_audit_log() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let server = Server::start(&place.data_dir(), &[]);
        let client = Client::to(server.url());
        let add = ["service", "add", "api", "--scope", "session:start", "--json"];
        let added = server.command(&add, "").json();
        let own = added["secret"].as_str().unwrap();
        let wrong = "kts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for (secret, id, status) in [(wrong, "guess-1", 401), (own, "too-little-1", 403)] {
            let form = [
                ("token", "a.b.c"),
                ("client_id", "api"),
                ("client_secret", secret),
            ];
            let asked = client.post("/auth/introspect").form(&form);
            asked.header("x-request-id", id).send().await.expect(status);
        }
        let list = ["audit", "list", "--kind", "service.refused", "--json"];
        let log = server.command(&list, "").json();
        let of = |name: &str| [log[0][name].clone(), log[1][name].clone()];
        assert_eq!(
            of("detail"),
            ["scope_missing introspect", "wrong_secret api"],
            "{engine:?}"
        );
        assert_eq!(of("actor"), ["service", "person"]);
        assert_eq!(of("request_id"), ["too-little-1", "guess-1"]);
        assert_eq!(of("ip_address"), ["127.0.0.1", "127.0.0.1"]);
        assert!(!log.to_string().contains("kts_"), "{log}");
        let told = server.command(&["explain", "guess-1"], "").stdout;
        assert!(told.contains("the secret was not that of service api"), "{told}");
        server.stop();
    }
}
