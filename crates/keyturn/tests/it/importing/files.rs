//! A file of accounts: how its rows are judged and where the refused ones go, what a wrong command line is told, and an import that was
//! killed.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::BCRYPT;
use crate::cli::{Ran, done, failed, keyturn};
use crate::patience::patiently;

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
        (10..=250).contains(&present) && present % 10 == 0,
        "whole batches: {present}"
    );
    assert_eq!(present + imported, 300);
    assert_eq!(again["refused"], 0);
}
