//! Taking over the accounts of another application: everybody keeps their id and their password.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::{Ran, done, failed, keyturn};
use crate::client::{Answer, Client};
use crate::patience::patiently;
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

const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";

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

/// A folder with a database and a file of accounts in it.
fn folder_with(name: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    done(keyturn(folder.path(), &["migrate"]));
    fs::write(folder.path().join(name), text).unwrap();
    folder
}

fn summary(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr))
}

#[test]
fn r5_4_a_file_is_judged_imported_mended_and_imported_again() {
    let rows = format!(
        "pk,mail,password,date_joined,groups\n\
        1,ann@example.org,{BCRYPT},2024-05-01 12:00:00,staff\n\
        2,bob@example.org,plain-text-Zephyr,2024-05-01 12:00:00,\n\
        3,\"cleo@example.org\",$2b$31$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS,,\n\
        4,ANN@example.org,,,\n\
        ,eve@example.org,,,\n\
        6,too,many,columns,in,this,row\n\
        7,\"gil\n@example.org\",,,\n\
        8,hal@example.org,,,\n"
    );
    let folder = folder_with("people.csv", &rows);
    let folder = folder.path();
    let import = |more: &[&str]| {
        let args = [
            "user",
            "import",
            "people.csv",
            "--map",
            "id=pk",
            "--map",
            "email=mail",
            "--json",
        ];
        keyturn(folder, &[&args[..], more].concat())
    };
    let dry = import(&["--dry-run"]);
    assert_eq!(dry.code, Some(1));
    let judged = summary(&dry);
    assert_eq!((&judged["imported"], &judged["refused"]), (&json!(2), &json!(6)));
    assert!(done(keyturn(folder, &["user", "list"])).contains("there are no accounts"));

    let ran = import(&[]);
    assert_eq!(ran.code, Some(1), "some rows were refused");
    let counted = summary(&ran);
    assert_eq!(
        (
            &counted["rows"],
            &counted["imported"],
            &counted["without_password"],
            &counted["refused"]
        ),
        (&json!(8), &json!(2), &json!(1), &json!(6))
    );
    assert_eq!(counted["ignored_columns"], json!(["groups"]));
    assert_eq!(counted["hashes"], json!({ "2b": 1 }));
    for told in [
        "line 3: password_hash: is of no known kind",
        "line 4: password_hash: costs more",
        "line 5: email: line 2 of this file has the same",
        "line 6: id: is missing",
        "line 7: the row has not as many columns",
        "line 8: email: ",
        "keyturn: 6 rows refused",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
    for secret in ["Zephyr", BCRYPT, "$2b$31"] {
        assert!(
            !ran.stderr.contains(secret) && !ran.stdout.contains(secret),
            "{secret}"
        );
    }
    let ann: Value = serde_json::from_str(&done(keyturn(folder, &["user", "show", "1", "--json"]))).unwrap();
    assert_eq!(
        (&ann["id"], &ann["created_at"]),
        (&json!("1"), &json!("2024-05-01T12:00:00Z"))
    );

    let mended = format!(
        "pk,mail,password\n1,ann@example.org,{BCRYPT}\n2,bob@example.org,{BCRYPT}\n8,hal@example.org,\n"
    );
    fs::write(folder.join("people.csv"), mended).unwrap();
    let ran = import(&[]);
    let counted = summary(&ran);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(
        (&counted["imported"], &counted["present"]),
        (&json!(1), &json!(2))
    );
    let text = done(keyturn(
        folder,
        &[
            "user",
            "import",
            "people.csv",
            "--map",
            "id=pk",
            "--map",
            "email=mail",
        ],
    ));
    assert!(
        text.contains("imported 0 accounts") && text.contains("3 accounts here already"),
        "{text}"
    );
}

#[test]
fn refused_rows_go_into_a_file_that_its_owner_alone_can_read() {
    let folder = folder_with(
        "people.jsonl",
        "{\"id\":1}\n\n[1]\n{\"id\":1}\n{\"id\":3,\"user_id\":3}\n",
    );
    let folder = folder.path();
    let import = ["user", "import", "people.jsonl", "--refused", "refused.csv"];
    assert_eq!(keyturn(folder, &import).code, Some(1));
    let refused = fs::read_to_string(folder.join("refused.csv")).unwrap();
    let lines: Vec<&str> = refused.lines().collect();
    assert_eq!(lines[0], "line,id,reason");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("3,,the line is not one JSON object")),
        "{refused}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("4,,id: line 1 of this file")),
        "{refused}"
    );
    assert!(
        lines.iter().any(|line| line.starts_with("5,,two members")),
        "{refused}"
    );
    assert_eq!(lines.len(), 4);
    let mode = fs::metadata(folder.join("refused.csv"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    failed(&keyturn(folder, &import), 1, "refused.csv exists");
}

#[test]
fn a_wrong_command_line_of_an_import_says_what_to_type() {
    let folder = folder_with("people.csv", "key,mail\n1,ann@example.org\n");
    let folder = folder.path();
    fs::write(folder.join("empty.csv"), "").unwrap();
    fs::write(folder.join("two.csv"), "id,user_id\n1,2\n").unwrap();
    let import = |args: &[&str]| keyturn(folder, &[&["user", "import"], args].concat());
    failed(&import(&["people.csv"]), 64, "--map id=COLUMN");
    failed(&import(&["people.csv", "--map", "id=pk"]), 64, "it has key, mail");
    failed(
        &import(&["people.csv", "--map", "ident=key"]),
        64,
        "use one of id, email",
    );
    failed(&import(&["people.csv", "--map", "id"]), 64, "FIELD=COLUMN");
    failed(
        &import(&["people.csv", "--map", "id=key", "--map", "id=mail"]),
        64,
        "twice",
    );
    failed(&import(&["two.csv"]), 64, "id and user_id would both be the id");
    failed(&import(&["people"]), 64, "--format csv");
    failed(&import(&["absent.csv"]), 1, "absent.csv");
    failed(
        &import(&["empty.csv"]),
        1,
        "the first line has to name the columns",
    );
    failed(
        &keyturn(folder, &["user", "export", "-", "--format", "csv", "--hashes"]),
        64,
        "name one",
    );
    failed(
        &keyturn(folder, &["user", "export", "people.csv"]),
        1,
        "people.csv exists",
    );
}

#[tokio::test]
async fn r5_4_what_was_exported_can_be_imported_and_is_the_same() {
    let rich = json!({
        "id": 42, "email": "Ann@B\u{fc}cher.example", "username": "\u{c4}nn", "name": "Ann \"O'Hara\", \u{1F511}\u{2003}", "state": "suspended",
        "permissions": ["polls.add_choice", "reports"], "metadata": { "plan": "gold", "n": [1, null, "\n\""] },
        "created_at": "2021-02-03T04:05:06.000007Z", "last_login": "2024-02-03T04:05:06Z", "password_hash": BCRYPT,
    });
    let bare = json!({ "id": "only an id" });
    for format in ["csv", "jsonl"] {
        for engines in [
            [Engine::Sqlite, Engine::Postgres],
            [Engine::Postgres, Engine::Sqlite],
        ] {
            let folder = tempfile::tempdir().unwrap();
            let file = |number: usize| {
                folder
                    .path()
                    .join(format!("{number}.{format}"))
                    .to_str()
                    .unwrap()
                    .to_owned()
            };
            let mut exports = Vec::new();
            for (number, engine) in engines.into_iter().enumerate() {
                let place = Place::on(engine).await;
                fs::create_dir_all(place.data_dir().parent().unwrap()).unwrap();
                let run = |args: &[&str], input: &str| crate::server::command(&place.data_dir(), args, input);
                run(&["migrate"], "");
                if number == 0 {
                    run(
                        &["user", "import", "-", "--format", "jsonl"],
                        &format!("{rich}\n{bare}\n"),
                    );
                    let create = [
                        "user",
                        "create",
                        "--email",
                        "own@example.org",
                        "--admin",
                        "--password-stdin",
                    ];
                    run(&create, "a long and quiet phrase\n");
                } else {
                    run(&["user", "import", &file(0), "--allow-admin"], "");
                }
                run(&["user", "export", &file(number), "--hashes"], "");
                exports.push(fs::read_to_string(file(number)).unwrap());
                let mode = fs::metadata(file(number)).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600);
                let without = run(&["user", "export", "-", "--format", format], "").stdout;
                assert!(
                    !without.contains("$2b$") && !without.contains("$argon2"),
                    "{without}"
                );
            }
            let sorted = |text: &str| {
                let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                lines.sort();
                lines
            };
            assert_eq!(sorted(&exports[0]), sorted(&exports[1]));
            assert!(exports[0].contains(BCRYPT));
        }
    }
}

#[test]
fn a_killed_import_is_gone_on_with_by_running_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(keyturn(folder, &["migrate"]));
    let line = |number: usize| format!("{{\"id\":{number},\"email\":\"p{number}@example.org\"}}\n");
    let mut import = Command::new(env!("CARGO_BIN_EXE_keyturn"))
        .args(["user", "import", "-", "--format", "jsonl"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = import.stdin.take().unwrap();
    input
        .write_all((0..250).map(line).collect::<String>().as_bytes())
        .unwrap();
    // It waits for more than these, and has taken a whole batch over.
    assert!(patiently().any(|()| keyturn(folder, &["user", "show", "0"]).code == Some(0)));
    import.kill().unwrap();
    import.wait().unwrap();
    drop(input);
    fs::write(
        folder.join("people.jsonl"),
        (0..300).map(line).collect::<String>(),
    )
    .unwrap();
    let again = summary(&keyturn(folder, &["user", "import", "people.jsonl", "--json"]));
    let (present, imported) = (
        again["present"].as_u64().unwrap(),
        again["imported"].as_u64().unwrap(),
    );
    assert!(
        (40..=240).contains(&present) && present % 40 == 0,
        "whole batches: {present}"
    );
    assert_eq!(present + imported, 300);
    assert_eq!(again["refused"], 0);
}
