//! `keyturn doctor`: each thing that is wrong is named, and what is right is not.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{done, failed, keyturn};
use crate::closed_port::ClosedPort;
use crate::server::Server;

/// Whoever else has the default port for operators on this machine is nobody's concern here; later flags win.
const DOCTOR: [&str; 6] = [
    "doctor",
    "--json",
    "--data-dir",
    "data",
    "--set",
    "ops.listen=off",
];

/// Whatever port is free when it is looked at: one that was free before may be somebody else's by then.
const FREE: &str = "http.listen=127.0.0.1:0";

/// What doctor says of an installation, by check, worst first where a check ran more than once.
fn levels(folder: &Path, code: i32, args: &[&str]) -> Vec<(String, String)> {
    let ran = keyturn(folder, &[&DOCTOR, args].concat());
    assert_eq!(ran.code, Some(code), "{}{}", ran.stdout, ran.stderr);
    let findings: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    for finding in &findings {
        assert_eq!(finding["level"] == "ok", finding["advice"].is_null(), "{finding}");
    }
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
    findings
        .iter()
        .map(|finding| (text(finding, "check"), text(finding, "level")))
        .collect()
}

fn level(levels: &[(String, String)], check: &str) -> String {
    let found = levels.iter().find(|(name, _)| name == check);
    found.unwrap_or_else(|| panic!("{check}: {levels:?}")).1.clone()
}

#[test]
fn a_running_server_is_found_well_through_its_address() {
    let folder = TempDir::new().unwrap();
    let flags = ["--set", "http.allowed_origins=https://app.example.org"];
    let server = Server::start(&folder.path().join("data"), &flags);
    let port = server.url().rsplit_once(':').unwrap().1;
    let listen = format!("http.listen=127.0.0.1:{port}");
    let ops = server.ops().replace("http://", "ops.listen=");
    let args = [
        "--url",
        server.url(),
        "--set",
        &listen,
        "--set",
        &ops,
        flags[0],
        flags[1],
    ];
    let found = levels(folder.path(), 0, &args);
    for check in [
        "data folder",
        "secrets",
        "database",
        "tasks",
        "port",
        "ops port",
        "address",
        "clock",
        "host",
        "cookies",
    ] {
        assert_eq!(level(&found, check), "ok", "{check}");
    }
    let cors: Vec<_> = found.iter().filter(|(check, _)| check == "cors").collect();
    assert_eq!(cors.len(), 2);
    assert!(cors.iter().all(|(_, level)| level == "ok"));
    assert_eq!(level(&found, "configuration"), "warn");

    let elsewhere = [
        &args[..],
        &["--set", "http.allowed_origins=https://other.example.org"],
    ]
    .concat();
    assert_eq!(level(&levels(folder.path(), 1, &elsewhere), "cors"), "fail");
    server.stop();
    let gone = ClosedPort::any();
    let nobody = ["--url", &gone.url(), "--set", FREE];
    assert_eq!(level(&levels(folder.path(), 1, &nobody), "address"), "fail");
}

#[test]
fn what_is_wrong_on_this_machine_is_named() {
    let folder = TempDir::new().unwrap();
    let (folder, data) = (folder.path(), folder.path().join("data"));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let empty = levels(folder, 0, &["--set", FREE]);
    for check in ["data folder", "secrets", "database", "tasks"] {
        assert_eq!(level(&empty, check), "warn", "{check}");
    }
    Server::start(&data, &[]).stop();
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    set(&data, 0o755);
    set(&data.join("keyturn.db"), 0o644);
    set(&data.join("tasks.db"), 0o644);
    set(&data.join("master.secret"), 0o640);
    let open = levels(folder, 1, &["--set", FREE]);
    assert_eq!(level(&open, "data folder"), "warn");
    assert_eq!(level(&open, "database"), "fail");
    assert_eq!(level(&open, "tasks"), "fail");
    assert_eq!(level(&open, "secrets"), "fail");
    set(&data.join("keyturn.db"), 0o600);
    set(&data.join("tasks.db"), 0o600);
    // Without the log, from which it could be made whole.
    let _there_may_be_none = fs::remove_file(data.join("tasks.db-wal"));
    fs::write(data.join("tasks.db"), "no tasks ".repeat(1000)).unwrap();
    fs::remove_file(data.join("master.secret")).unwrap();
    fs::write(data.join("keyturn.db"), "no database ".repeat(1000)).unwrap();
    let listen = format!("http.listen={}", taken.local_addr().unwrap());
    drop(std::thread::spawn(move || taken.accept().map(drop)));
    let broken = levels(folder, 1, &["--set", &listen]);
    assert_eq!(level(&broken, "ops port"), "ok", "it is off");
    for check in ["database", "tasks", "secrets", "port"] {
        assert_eq!(level(&broken, check), "fail", "{check}");
    }
    assert_eq!(
        level(
            &levels(folder, 1, &["--set", "session.idle_timeout=1m"]),
            "configuration"
        ),
        "fail"
    );
    assert!(!data.join("master.secret").exists());
}

#[test]
fn people_read_lines_and_scripts_an_exit_code() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("keyturn.toml"), "nonsense = 1").unwrap();
    let ran = keyturn(folder.path(), &["doctor"]);
    failed(&ran, 1, "1 of 1 checks failed");
    assert!(ran.stdout.starts_with("FAIL  configuration: "), "{}", ran.stdout);
    fs::remove_file(folder.path().join("keyturn.toml")).unwrap();
    assert!(
        done(keyturn(
            folder.path(),
            &["doctor", "--set", FREE, "--set", "ops.listen=off"]
        ))
        .contains("\nwarn  database: there is none yet")
    );
}
