//! Neither the database nor any log or output holds what could be presented as a credential (ASVS 5.0 V11.4, V16.2.5).
//!
//! A tour through the product, with the server at its most talkative, presents and receives credentials of every kind, good
//! and bad, in every place; all are collected on their way. Then they are looked for where they must not be ([`forms`]), and
//! everything that the database holds is presented as a credential ([`dump`]). The rule: what a thief of the database and
//! the logs has is of no use against the server.

mod dump;
mod forms;
mod misuse;
mod tour;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use keyturn_core::credential::RefreshToken;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::forms::Forms;
use self::tour::Tour;
use crate::client::Client;
use crate::place::{Engine, MASTER_SECRET, Place};
use crate::server::Server;

#[tokio::test]
async fn no_log_and_no_output_holds_a_credential() {
    nothing_written_holds_a_credential(Tour::take().await).await;
}

#[tokio::test]
async fn no_line_of_json_holds_a_credential() {
    let tour = Tour::take_with(&["--set", "log.format=json", "--set", "log.requests=true"]).await;
    let log = nothing_written_holds_a_credential(tour).await;
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["message"].is_string() && line["level"].is_string(), "{line}");
    }
}

/// Neither logs nor outputs nor metrics do. Answers the log.
async fn nothing_written_holds_a_credential(tour: Tour) -> String {
    let said = tour.said_by_commands();
    let metrics = tour.metrics().await;
    let data_dir = tour.data_dir().to_owned();
    let mut forms = Forms::of(&tour.ledger().entries());
    forms.add(&master_secret(&data_dir));
    let (log, stdout) = tour.finish();
    assert!(
        log.contains("its refresh token was used by somebody who should not have it"),
        "the log is the right one: {log}"
    );
    for (place, text) in [
        ("the log", &log),
        ("the server's output", &stdout),
        ("the metrics", &metrics),
        ("a command's output", &said),
    ] {
        assert_eq!(
            forms.found_in(text.as_bytes()),
            Vec::<String>::new(),
            "in {place}"
        );
        assert!(
            !text.contains(RefreshToken::PREFIX),
            "a refresh token, or a part of one, is in {place}"
        );
    }
    log
}

/// The same on PostgreSQL, whose driver has much to say, too; and the password of the database is one more credential.
#[tokio::test]
async fn no_log_and_no_output_of_a_node_holds_a_credential() {
    let place = Place::on(Engine::Postgres).await;
    let password = place.password().to_owned();
    let tour = Tour::take_in(place.node(0), place, &[]).await;
    let said = tour.said_by_commands();
    let mut forms = Forms::of(&tour.ledger().entries());
    forms.add(MASTER_SECRET);
    forms.add(&password);
    let (log, stdout) = tour.finish();
    for (place, text) in [
        ("the log", log),
        ("the server's output", stdout),
        ("a command's output", said),
    ] {
        assert_eq!(
            forms.found_in(text.as_bytes()),
            Vec::<String>::new(),
            "in {place}"
        );
        assert!(!text.contains("$argon2id$"), "a password's hash is in {place}");
    }
}

#[tokio::test]
async fn the_database_files_hold_no_credential() {
    let tour = Tour::take().await;
    let mut forms = Forms::of(&tour.ledger().entries());
    forms.add(&master_secret(tour.data_dir()));
    let files = database_files(tour.data_dir());
    assert!(
        files
            .iter()
            .any(|file| file.extension().is_some_and(|extension| extension == "db-wal")),
        "{files:?}"
    );
    for file in files {
        let bytes = fs::read(&file).unwrap();
        assert_eq!(
            forms.found_in(&bytes),
            Vec::<String>::new(),
            "in {}",
            file.display()
        );
    }
}

/// The search above finds what is there: each way of writing a credential, in the middle of other bytes.
#[test]
fn a_credential_is_found_in_every_way_of_writing_it() {
    let token = "ktr_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8w";
    let forms = Forms::of(&[token.to_owned(), "a long and quiet phrase".to_owned()].into());
    let mac: Vec<u8> = (17..=48).collect();
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let places: [Vec<u8>; 9] = [
        format!("token={token};").into(),
        format!("body {}", &token[4..]).into(),
        format!("end …{}", &token[token.len() - 32..]).into(),
        format!("text as bytes {:?}", token.as_bytes()).into(),
        [b"raw ".as_slice(), &mac, b"."].concat(),
        format!("hex abcd{}", hex(&mac)).into(),
        format!("list {:?}", [&[9, 9], mac.as_slice()].concat()).into(),
        b"password: \"a long and quiet phrase\"".to_vec(),
        format!("password: {}", hex(b"a long and quiet phrase")).into(),
    ];
    for place in places {
        assert_eq!(
            forms.found_in(&place).len(),
            1,
            "{}",
            String::from_utf8_lossy(&place)
        );
    }
    assert!(forms.found_in(b"a long and quiet evening").is_empty());
}

#[tokio::test]
async fn nothing_in_a_dump_of_the_database_is_accepted_as_a_credential() {
    let tour = Tour::take().await;
    dump::present_everything(&tour).await;
}

#[tokio::test]
async fn data_and_secrets_are_for_their_owner_alone() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    let server = Server::start(&data_dir, &[]);
    let sign_up = json!({ "email": "ann@example.org", "password": "nine lives of a patient cat" });
    Client::to(server.url())
        .ask("/auth/signup", sign_up)
        .await
        .expect(201);
    let only_the_owners = |when: &str| {
        assert_eq!(mode(&data_dir), 0o700, "{when}");
        for entry in fs::read_dir(&data_dir).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{when}: {}", path.display());
        }
    };
    assert!(
        database_files(&data_dir).len() >= 2,
        "a write-ahead log is there while it serves"
    );
    only_the_owners("while it serves");
    server.stop();
    only_the_owners("after it has stopped");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn master_secret(data_dir: &Path) -> String {
    fs::read_to_string(data_dir.join("master.secret"))
        .unwrap()
        .trim_end()
        .to_owned()
}

/// The database with its write-ahead log and its index: whatever file is in the folder but the secret.
fn database_files(data_dir: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(data_dir).unwrap().map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.is_file() && path.file_name().is_some_and(|name| name != "master.secret"))
        .collect()
}
