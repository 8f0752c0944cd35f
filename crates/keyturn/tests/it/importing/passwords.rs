//! Who was imported signs in as before, whatever made the hash; who has no password, by none.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::place::{Engine, Place};
use crate::server::{Server, UNTHROTTLED};

/// A hash that a library made.
#[derive(Deserialize)]
struct Fixture {
    library: String,
    scheme: String,
    password: String,
    hash: String,
}

fn fixtures() -> Vec<Fixture> {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../core/tests/fixtures/foreign_hashes/hashes.json"
    );
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

async fn sign_in(client: &Client, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    client.ask("/auth/signin", body).await
}

fn subject_of(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    claims["sub"].clone()
}

/// The accounts of an export with hashes, one a line.
fn exported(server: &Server, folder: &Path, name: &str) -> Vec<Value> {
    let file = folder.join(name);
    server.command(&["user", "export", file.to_str().unwrap(), "--hashes"], "");
    let text = fs::read_to_string(&file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn r5_4_people_of_every_framework_keep_their_user_id_and_their_password() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let data = place.data_dir();
        let server = Server::start(&data, &UNTHROTTLED);
        let client = Client::to(server.url());
        let fixtures = fixtures();
        // An integer and a text by turns, as applications have them.
        let id = |number: usize| match number % 2 {
            0 => json!(7000 + number),
            _ => json!(format!("usr_{number}|Ann")),
        };
        let as_text = |number: usize| {
            id(number)
                .as_str()
                .map_or_else(|| id(number).to_string(), str::to_owned)
        };
        let email = |number: usize| format!("person{number}@example.org");
        let lines = fixtures.iter().enumerate().map(|(number, made)| {
            json!({ "id": id(number), "email": email(number), "password_hash": made.hash }).to_string() + "\n"
        });
        let said = server.command(
            &["user", "import", "-", "--format", "jsonl", "--json"],
            &lines.collect::<String>(),
        );
        assert_eq!(said.json()["imported"], fixtures.len());
        assert_eq!(said.json()["refused"], 0);

        for (number, made) in fixtures.iter().enumerate() {
            let name = format!("{engine:?}: {} {}", made.library, made.scheme);
            let wrong = sign_in(&client, &email(number), &format!("{} ", made.password)).await;
            assert_eq!(wrong.status, 401, "{name}");
            let right = sign_in(&client, &email(number), &made.password).await;
            assert_eq!(right.status, 200, "{name}: {}", right.text);
            assert_eq!(right.field("user_id"), as_text(number), "{name}");
            assert_eq!(subject_of(right.field("access_token")), as_text(number), "{name}");
        }
        for account in exported(&server, data.parent().unwrap(), "after.jsonl") {
            let hash = account["password_hash"].as_str().unwrap();
            assert!(
                hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
                "{}",
                account["id"]
            );
        }
        for (number, made) in fixtures.iter().enumerate() {
            let wrong = sign_in(&client, &email(number), "another password").await;
            assert_eq!(wrong.status, 401, "after the hash was replaced");
            let again = sign_in(&client, &email(number), &made.password).await.expect(200);
            assert_eq!(again.field("user_id"), as_text(number));
        }
        let log = server.logs();
        assert!(
            fixtures.iter().all(|made| !log.contains(&made.hash)),
            "no hash is logged"
        );
    }
}

#[tokio::test]
async fn who_has_no_password_is_not_let_in_by_any() {
    let place = Place::on(Engine::Sqlite).await;
    let server = Server::start(&place.data_dir(), &UNTHROTTLED);
    let rows = "id,email,password\n1,ann@example.org,\n2,bob@example.org,!aMVa1Zc\n";
    let said = server.command(&["user", "import", "-", "--format", "csv", "--json"], rows);
    assert_eq!(said.json()["without_password"], 2);
    let client = Client::to(server.url());
    for email in ["ann@example.org", "bob@example.org"] {
        for password in ["", "!", "!aMVa1Zc"] {
            let answer = sign_in(&client, email, password).await;
            assert!([401, 422].contains(&answer.status), "{}", answer.text);
        }
    }
    let set = ["user", "set-password", "ann@example.org", "--password-stdin"];
    server.command(&set, "a long and quiet phrase\n");
    let answer = sign_in(&client, "ann@example.org", "a long and quiet phrase").await;
    assert_eq!(answer.expect(200).field("user_id"), "1");
}
