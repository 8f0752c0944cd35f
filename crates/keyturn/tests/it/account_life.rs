//! The life of an account, from the person's side and from the operator's, through the real binary on both stores.

use serde_json::{Value, json};

use crate::cli::{failed, keyturn};
use crate::client::{Client, Request};
use crate::place::{Engine, Place};
use crate::server::{Server, UNTHROTTLED};

const EMAIL: &str = "ann@example.org";
const PASSWORD: &str = "a lantern behind nine doors";
const NEXT_PASSWORD: &str = "another lantern behind ten doors";

/// How often something that a command did is looked for before the test gives up.
const TRIES: usize = 100_000;

fn credentials(password: &str) -> Value {
    json!({ "email": EMAIL, "password": password })
}

fn confirmation(password: &str) -> Value {
    json!({ "current_password": password })
}

async fn access(client: &Client, password: &str) -> String {
    let signed_in = client.ask("/auth/signin", credentials(password)).await;
    signed_in.expect(200).field("access_token").to_owned()
}

async fn body(request: Request, status: u16) -> Value {
    request.send().await.expect(status).body
}

#[tokio::test]
async fn r2_6_r5_1_an_account_lives_changes_is_switched_off_and_on_and_is_deleted() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let server = Server::start(&place.data_dir(), &UNTHROTTLED);
        let client = Client::to(server.url());
        let signed_up = client.ask("/auth/signup", credentials(PASSWORD)).await;
        let signed_up = signed_up.expect(201);
        let here = signed_up.field("access_token");
        let there = access(&client, PASSWORD).await;

        let profile = json!({ "username": "ann", "name": "Ann", "current_password": PASSWORD });
        let change = client.request(reqwest::Method::PATCH, "/auth/account");
        let changed = body(change.bearer(here).json(profile), 200).await;
        assert_eq!(
            (&changed["username"], &changed["name"]),
            (&json!("ann"), &json!("Ann"))
        );

        let passwords = json!({ "current_password": PASSWORD, "new_password": NEXT_PASSWORD });
        body(client.post("/auth/password").bearer(here).json(passwords), 204).await;
        let other = client.get("/auth/session").bearer(&there).send().await;
        other.expect_ended("password_changed");

        let exported = body(client.get("/auth/account/export").bearer(here), 200).await;
        assert_eq!(exported["account"]["email"], EMAIL, "{engine:?}");
        assert_eq!(exported["sessions"].as_array().unwrap().len(), 2);
        let by_command = server.command(&["user", "export-data", EMAIL], "").json();
        assert_eq!(by_command["account"], exported["account"]);
        assert_eq!(by_command["events"], exported["events"]);

        let off = client.post("/auth/account/deactivate").bearer(here);
        body(off.json(confirmation(NEXT_PASSWORD)), 204).await;
        let refused = client.ask("/auth/signin", credentials(NEXT_PASSWORD)).await;
        assert_eq!(refused.expect(403).field("account_state"), "inactive");
        server.command(&["user", "set-state", EMAIL, "active", "--json"], "");
        let again = access(&client, NEXT_PASSWORD).await;

        let delete = client.delete("/auth/account").bearer(&again);
        body(delete.json(confirmation(NEXT_PASSWORD)), 204).await;
        let over = client.get("/auth/account").bearer(&again).send().await;
        over.expect_ended("account_deleted");
        let gone = client.ask("/auth/signin", credentials(NEXT_PASSWORD)).await;
        gone.expect(401);
        let listed = server.command(&["user", "list", "--json"], "").json();
        assert_eq!(listed, json!([]), "{engine:?}");
        let sessions = server.command(&["session", "list", "--all", "--json"], "").json();
        let sessions = sessions.as_array().unwrap();
        assert_eq!(sessions.len(), 3, "{engine:?}");
        for session in sessions {
            assert_eq!(session["ip_address"], Value::Null, "{session}");
            assert_eq!(session["user_agent"], Value::Null, "{session}");
        }
        client
            .ask("/auth/signup", credentials(PASSWORD))
            .await
            .expect(201);
        server.stop();
    }
}

#[tokio::test]
async fn a_deletion_by_command_is_felt_by_the_server() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let server = Server::start(&place.data_dir(), &UNTHROTTLED);
        let client = Client::to(server.url());
        let signed_up = client.ask("/auth/signup", credentials(PASSWORD)).await;
        let signed_up = signed_up.expect(201);
        let check = || {
            client
                .get("/auth/session")
                .bearer(signed_up.field("access_token"))
        };
        check().send().await.expect(200);
        let said = server
            .command(&["user", "delete", EMAIL, "--yes", "--json"], "")
            .json();
        assert_eq!(said["sessions_ended"], 1, "{engine:?}");
        let mut tries = 0..TRIES;
        let refused = loop {
            let answer = check().send().await;
            if answer.status != 200 {
                break answer;
            }
            tries.next().expect("the server hears of it");
        };
        refused.expect_ended("account_deleted");
        server.stop();
    }
}

#[test]
fn a_deletion_by_command_has_to_be_meant() {
    let folder = tempfile::TempDir::new().unwrap();
    crate::cli::done(keyturn(folder.path(), &["migrate"]));
    crate::cli::create(folder.path(), EMAIL);
    failed(&keyturn(folder.path(), &["user", "delete", EMAIL]), 1, "--yes");
    crate::cli::done(keyturn(folder.path(), &["user", "show", EMAIL]));
    crate::cli::done(keyturn(folder.path(), &["user", "delete", EMAIL, "--yes"]));
    for args in [
        &["user", "show", EMAIL][..],
        &["user", "delete", EMAIL, "--yes"],
        &["user", "export-data", EMAIL],
    ] {
        failed(&keyturn(folder.path(), args), 1, "there is no account");
    }
}
