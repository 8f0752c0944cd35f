//! From one store through a file into the other, and nothing is different.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::BCRYPT;
use crate::place::{Engine, Place};

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
