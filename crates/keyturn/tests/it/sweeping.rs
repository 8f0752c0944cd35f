//! Sweeps of the real binary: what they record, what they remove, and who of several nodes does it.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::{done, failed, keyturn};
use crate::client::Client;
use crate::patience::patiently;
use crate::place::{Engine, Place};
use crate::server::Server;

const PASSWORD: &str = "a lantern behind nine doors";

/// What a server counts.
async fn counted(ops: &Client, sample: &str) -> u64 {
    let page = ops.get("/metrics").send().await.expect(200).text;
    let value = page
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    value
        .unwrap_or_else(|| panic!("no {sample}: {page}"))
        .parse()
        .unwrap()
}

/// Waits until a server has finished as many sweeps.
async fn swept(ops: &Client, times: u64) {
    for _ in patiently() {
        if counted(ops, r#"keyturn_sweeps_total{result="finished"}"#).await >= times {
            return;
        }
    }
    panic!("the server never swept");
}

fn sessions(server: &Server) -> Vec<Value> {
    let listed = server.command(&["session", "list", "--all", "--json"], "").json();
    listed.as_array().unwrap().clone()
}

#[tokio::test]
async fn r1_6_a_server_records_ends_that_nobody_noticed_and_forgets_them_later() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let server = Server::start_with_virtual_clock(&place.data_dir());
        let (client, ops) = (Client::to(server.url()), Client::to(server.ops()));
        let signed_up = client.sign_up("ann@example.org", PASSWORD).await;
        ops.advance("2h").await;
        swept(&ops, 1).await;
        let session = &sessions(&server)[0];
        assert_eq!(session["end_reason"], "idle", "{engine:?}");
        assert_eq!(session["ended_at"], signed_up.body["session"]["idle_ends_at"]);
        let id = session["id"].as_str().unwrap();
        let story = server.command(&["explain", id, "--json"], "").json();
        let last = story["events"].as_array().unwrap().last().unwrap();
        assert_eq!(last["actor"], "sweep", "{story}");
        let body = json!({ "refresh_token": signed_up.field("refresh_token") });
        let refused = client.ask("/auth/refresh", body.clone()).await;
        refused.expect_ended("idle");

        ops.advance("31d").await;
        swept(&ops, 2).await;
        assert_eq!(sessions(&server), Vec::<Value>::new(), "{engine:?}");
        let refused = client.ask("/auth/refresh", body).await.expect(401);
        assert_eq!(refused.field("code"), "token-unknown");
        for (kind, rows) in [
            ("overdue_sessions", 1),
            ("ended_sessions", 1),
            ("audit_events", 0),
        ] {
            let sample = format!("keyturn_swept_rows_total{{kind=\"{kind}\"}}");
            assert_eq!(counted(&ops, &sample).await, rows, "{kind}");
        }
        client.sign_up("bob@example.org", PASSWORD).await;
        server.stop();
    }
}

#[tokio::test]
async fn of_two_nodes_one_sweeps() {
    let place = Place::on(Engine::Postgres).await;
    let nodes = [0, 1].map(|number| Server::start_with_virtual_clock(&place.node(number)));
    let client = Client::to(nodes[0].url());
    for number in 0..10 {
        let email = format!("user{number}@example.org");
        client.sign_up(&email, PASSWORD).await;
    }
    let ops = [0, 1].map(|number: usize| Client::to(nodes[number].ops()));
    for node in &ops {
        node.advance("2h").await;
    }
    let left_it = |number: usize| {
        nodes[number]
            .logs()
            .contains("another process sweeps, or has just")
    };
    let (mut finished, mut left) = ([0, 0], [false, false]);
    for _ in patiently() {
        for number in [0, 1] {
            let sample = r#"keyturn_sweeps_total{result="finished"}"#;
            finished[number] = counted(&ops[number], sample).await;
            left[number] = left_it(number);
        }
        if finished.iter().sum::<u64>() + left.iter().map(|left| u64::from(*left)).sum::<u64>() >= 2 {
            break;
        }
    }
    assert_eq!(finished.iter().sum::<u64>(), 1, "{finished:?} {left:?}");
    let ended = sessions(&nodes[0]);
    assert!(
        ended.iter().all(|session| session["end_reason"] == "idle"),
        "{ended:?}"
    );
    let rows = r#"keyturn_swept_rows_total{kind="overdue_sessions"}"#;
    assert_eq!(counted(&ops[0], rows).await + counted(&ops[1], rows).await, 10);
}

/// A folder with two accounts: the session of one is long over, that of the other was never noticed to be.
async fn with_old_sessions() -> TempDir {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("keyturn-data");
    let server = Server::start(&data_dir, &[]);
    let client = Client::to(server.url());
    let over = client.sign_up("ann@example.org", PASSWORD).await;
    client.sign_up("bob@example.org", PASSWORD).await;
    let body = json!({ "refresh_token": over.field("refresh_token") });
    client.ask("/auth/signout", body).await.expect(204);
    server.stop();
    let past = "id = unhex('000000000000' || substr(hex(id), 13)), last_activity_at = 1000000,
        ended_at = iif(ended_at IS NULL, NULL, 1000000)";
    change(folder.path(), &format!("UPDATE sessions SET {past}"));
    folder
}

fn change(folder: &Path, sql: &str) {
    let database = rusqlite::Connection::open(folder.join("keyturn-data/keyturn.db")).unwrap();
    database.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn the_command_sweeps_once_and_says_what() {
    let folder = with_old_sessions().await;
    let sweep = || -> Value {
        let said = done(keyturn(folder.path(), &["sweep", "--json"]));
        serde_json::from_str(&said).unwrap()
    };
    let first = sweep();
    // The one that was over was old enough to go; the other's end is recorded as of then, and it goes with it.
    assert_eq!(
        first,
        json!({ "overdue_sessions": 1, "ended_sessions": 2, "deleted_accounts": 0, "one_time_tokens": 0, "audit_events": 0, "changes": 0, "deleted_tasks": 0 })
    );
    let nothing = json!({ "overdue_sessions": 0, "ended_sessions": 0, "deleted_accounts": 0, "one_time_tokens": 0, "audit_events": 0, "changes": 0, "deleted_tasks": 0 });
    assert_eq!(sweep(), nothing);
    let told = done(keyturn(folder.path(), &["sweep"]));
    assert!(told.contains("ended sessions removed"), "{told}");
}

/// Whoever else has the default ports on this machine is nobody's concern here.
const DOCTOR: [&str; 6] = [
    "doctor",
    "--json",
    "--set",
    "http.listen=127.0.0.1:0",
    "--set",
    "ops.listen=off",
];

/// What doctor found of the tasks.
fn of_tasks(findings: &Value) -> &Value {
    let mut all = findings.as_array().unwrap().iter();
    all.find(|finding| finding["check"] == "tasks").unwrap()
}

/// What doctor says of the tasks: its level, and what it found.
fn examined(folder: &Path, more: &[&str]) -> (String, String) {
    let said = done(keyturn(folder, &[&DOCTOR, more].concat()));
    let findings = serde_json::from_str(&said).unwrap();
    let tasks = of_tasks(&findings);
    let text = |field: &str| tasks[field].as_str().unwrap().to_owned();
    (text("level"), text("found"))
}

#[test]
fn r5_3_the_command_removes_deleted_tasks_whose_time_is_over_and_doctor_misses_sweeps() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    Server::start(&folder.join("keyturn-data"), &[]).stop();
    assert_eq!(examined(folder, &[]).0, "ok");
    let tasks = rusqlite::Connection::open(folder.join("keyturn-data/tasks.db")).unwrap();
    let deleted = "INSERT INTO deleted_tasks VALUES ('ann', zeroblob(16), '{}', 'ann', 0, 1000000),
        ('ann', randomblob(16), '{}', 'ann', 0, 9000000000000000)";
    tasks.execute(deleted, []).unwrap();
    let (level, found) = examined(folder, &[]);
    assert_eq!(level, "warn");
    assert!(found.contains("1970-01-01T00:00:01Z"), "{found}");
    let off = ["--set", "tasks.enabled=false"];
    assert_eq!(examined(folder, &off).0, "ok");
    let sweep = |more: &[&str]| -> Value {
        let said = done(keyturn(folder, &[&["sweep", "--json"], more].concat()));
        serde_json::from_str::<Value>(&said).unwrap()["deleted_tasks"].clone()
    };
    assert_eq!(sweep(&off), Value::Null);
    assert_eq!([sweep(&[]), sweep(&[])], [1, 0]);
    assert_eq!(examined(folder, &[]).0, "ok");
    let told = done(keyturn(folder, &["sweep"]));
    assert!(told.contains("deleted tasks removed"), "{told}");
}

#[tokio::test]
async fn r5_3_deleted_tasks_are_swept_and_looked_after_on_each_engine() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let server = Server::start(&place.data_dir(), &[]);
        let swept = server.command(&["sweep", "--json"], "").json();
        assert_eq!(swept["deleted_tasks"], 0, "{engine:?}");
        let findings = server.command(&DOCTOR, "").json();
        let tasks = of_tasks(&findings);
        assert_eq!(tasks["level"], "ok", "{engine:?}: {tasks}");
        server.stop();
    }
}

#[tokio::test]
async fn the_command_leaves_it_to_whoever_is_at_it() {
    let folder = with_old_sessions().await;
    change(
        folder.path(),
        "INSERT INTO sweep_turn (only_row, holder, held_until) VALUES (1, zeroblob(16), 9000000000000000)",
    );
    failed(
        &keyturn(folder.path(), &["sweep"]),
        69,
        "another process is sweeping",
    );
}
