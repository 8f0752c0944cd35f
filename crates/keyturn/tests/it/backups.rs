//! A copy of the database beside a running server, and what putting it back does to sessions.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::{Ran, done, failed, keyturn};
use crate::client::Client;
use crate::server::Server;

const PASSWORD: &str = "a heron that stands still";

/// A folder with a server's data in it and a copy beside.
struct Place {
    folder: TempDir,
    data: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        Self { folder, data }
    }

    fn run(&self, args: &[&str]) -> Ran {
        let data = ["--data-dir", self.data.to_str().unwrap()];
        keyturn(self.folder.path(), &[&data, args].concat())
    }

    fn sessions(&self) -> Value {
        serde_json::from_str(&done(self.run(&["session", "list", "--all", "--json"]))).unwrap()
    }

    /// Signs up, copies the database, signs out, and answers the refresh token of the session that is over.
    async fn copied_then_signed_out(&self) -> String {
        let server = Server::start(&self.data, &[]);
        let client = Client::to(server.url());
        let body = json!({ "email": "ann@example.org", "password": PASSWORD });
        let signed_up = client.ask("/auth/signup", body).await.expect(201);
        let token = signed_up.field("refresh_token").to_owned();
        done(self.run(&["backup", "copy.db"]));
        let body = json!({ "refresh_token": token });
        client.ask("/auth/signout", body).await.expect(204);
        failed(
            &self.run(&["restore", "copy.db", "--force"]),
            1,
            "stop the server",
        );
        server.stop();
        token
    }

    async fn refresh(&self, token: &str, status: u16) {
        let server = Server::start(&self.data, &[]);
        let body = json!({ "refresh_token": token });
        Client::to(server.url())
            .ask("/auth/refresh", body)
            .await
            .expect(status);
        server.stop();
    }
}

#[tokio::test]
async fn a_copy_made_beside_a_server_is_put_back_and_its_sessions_are_over() {
    let place = Place::new();
    let token = place.copied_then_signed_out().await;
    let copy = place.folder.path().join("copy.db");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    failed(&place.run(&["backup", "copy.db"]), 1, "exists already");
    failed(&place.run(&["restore", "copy.db"]), 1, "--force");
    let said = done(place.run(&["restore", "copy.db", "--force", "--json"]));
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["sessions_ended"], 1);
    assert!(said["epoch"].as_i64().unwrap() > 0);
    assert_eq!(place.sessions()[0]["end_reason"], "admin");
    place.refresh(&token, 401).await;
}

#[tokio::test]
async fn tasks_are_copied_and_put_back_with_the_accounts() {
    let place = Place::new();
    let server = Server::start(&place.data, &[]);
    let client = Client::to(server.url());
    let ann = json!({ "email": "ann@example.org", "password": PASSWORD });
    let signed_up = client.ask("/auth/signup", ann.clone()).await.expect(201);
    let token = signed_up.field("access_token");
    let made = client
        .post("/api/tasks")
        .bearer(token)
        .json(json!({ "title": "t" }));
    let task = made.send().await.expect(201).body;
    done(place.run(&["backup", "copy.db"]));
    let path = format!("/api/tasks/{}", task["id"].as_str().unwrap());
    client.delete(&path).bearer(token).send().await.expect(200);
    server.stop();
    done(place.run(&["restore", "copy.db", "--force"]));
    let server = Server::start(&place.data, &[]);
    let client = Client::to(server.url());
    let signed_in = client.ask("/auth/signin", ann).await.expect(200);
    let read = client
        .get(&path)
        .bearer(signed_in.field("access_token"))
        .send()
        .await;
    assert_eq!(read.expect(200).body, task);
}

#[tokio::test]
async fn a_time_out_that_was_due_in_the_copy_is_recorded_as_one() {
    for (past, reason) in [
        ("last_activity_at = 1000000", "idle"),
        ("last_activity_at = 1000000, ends_at = 2000000", "absolute_end"),
        ("last_activity_at = 1000000, ends_at = 80000000000", "idle"),
    ] {
        let place = Place::new();
        place.copied_then_signed_out().await;
        let copy = rusqlite::Connection::open(place.folder.path().join("copy.db")).unwrap();
        copy.execute(&format!("UPDATE sessions SET {past}"), []).unwrap();
        drop(copy);
        done(place.run(&["restore", "copy.db", "--force"]));
        let session = &place.sessions()[0];
        assert_eq!(session["end_reason"], reason);
        assert!(
            session["ended_at"].as_str().unwrap().starts_with("1970-01-01T"),
            "{session}"
        );
    }
}

#[tokio::test]
async fn sessions_are_kept_only_by_choice_and_live_again() {
    let place = Place::new();
    let token = place.copied_then_signed_out().await;
    place.refresh(&token, 401).await;
    done(place.run(&["restore", "copy.db", "--force", "--keep-sessions"]));
    place.refresh(&token, 200).await;
}

#[test]
fn what_is_no_database_of_ours_is_not_put_in_its_place() {
    let place = Place::new();
    done(place.run(&["migrate"]));
    let before = fs::read(place.data.join("keyturn.db")).unwrap();
    fs::write(place.folder.path().join("text"), "no database ".repeat(1000)).unwrap();
    let other = rusqlite::Connection::open(place.folder.path().join("other.db")).unwrap();
    other.execute_batch("CREATE TABLE users (id INTEGER)").unwrap();
    failed(&place.run(&["restore", "text", "--force"]), 69, "not a database");
    failed(&place.run(&["restore", "other.db", "--force"]), 1, "no schema");
    failed(&place.run(&["restore", "absent.db", "--force"]), 69, "absent.db");
    assert_eq!(fs::read(place.data.join("keyturn.db")).unwrap(), before);
    assert!(!place.data.join("keyturn.db-restore").exists());
}

#[tokio::test]
async fn a_copy_of_an_earlier_version_is_brought_to_this_one() {
    let place = Place::new();
    let token = place.copied_then_signed_out().await;
    let copy = rusqlite::Connection::open(place.folder.path().join("copy.db")).unwrap();
    copy.execute_batch(
        "DROP INDEX users_administrators;
         DROP INDEX audit_events_by_kind;
         DROP INDEX audit_events_by_actor;
         ALTER TABLE audit_events DROP COLUMN actor_service;
         ALTER TABLE audit_events DROP COLUMN actor_user_id;
         DROP TABLE sweep_turn;
         DROP INDEX users_deleted;
         DROP INDEX audit_events_by_user;
         ALTER TABLE users DROP COLUMN deleted_at;
         DROP TABLE one_time_tokens;
         DROP TABLE service_credentials;
         DROP TABLE signing_keys;
         DROP TABLE secret_mark;
         DROP INDEX audit_events_by_request;
         ALTER TABLE audit_events DROP COLUMN actor;
         ALTER TABLE audit_events DROP COLUMN request_id;
         ALTER TABLE audit_events DROP COLUMN ip;
         DELETE FROM refinery_schema_history WHERE version >= 3;",
    )
    .unwrap();
    drop(copy);
    done(place.run(&["restore", "copy.db", "--force"]));
    let id = place.sessions()[0]["id"].as_str().unwrap().to_owned();
    let story: Value = serde_json::from_str(&done(place.run(&["explain", &id, "--json"]))).unwrap();
    let by: Vec<_> = story["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (&event["kind"], &event["actor"]))
        .collect();
    let (started, ended) = (json!("session.started"), json!("session.ended"));
    let (unknown, command_line) = (json!("unknown"), json!("command_line"));
    assert_eq!(by, [(&started, &unknown), (&ended, &command_line)]);
    place.refresh(&token, 401).await;
}
