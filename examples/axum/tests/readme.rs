//! The README's five minutes, as they are written, against the real Keyturn; only ports and places are others.
#![expect(
    clippy::unwrap_used,
    reason = "a test that fails by panicking is doing its work"
)]

use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

const README: &str = include_str!("../README.md");
const EXAMPLE: &str = env!("CARGO_BIN_EXE_keyturn-example-axum");

/// The blocks marked `sh`, one after the other.
fn script() -> String {
    let blocks = README.split("```sh\n").skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect()
}

/// The binary beside this example's: a test of the whole workspace has built it. Else it is built now.
fn keyturn() -> PathBuf {
    let beside = Path::new(EXAMPLE).with_file_name("keyturn");
    if !beside.exists() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--locked", "--quiet", "-p", "keyturn"])
            .status();
        assert!(built.unwrap().success());
    }
    beside
}

fn free_ports() -> [String; 2] {
    let taken = [(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    taken.map(|listener| listener.local_addr().unwrap().port().to_string())
}

#[test]
fn r2_4_the_five_minutes_work_as_written() {
    let folder = tempfile::tempdir().unwrap();
    symlink(keyturn(), folder.path().join("keyturn")).unwrap();
    let [keyturn, example] = free_ports();
    let script = script()
        .replace(":8080", &format!(":{keyturn}"))
        .replace(":3000", &format!(":{example}"))
        .replace("cargo run --quiet -p keyturn-example-axum", EXAMPLE);
    let path = format!(
        "{}:{}",
        folder.path().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let output = Command::new("bash")
        .arg("-c")
        .arg(format!(
            "set -eu; trap 'kill $(jobs -pr) 2>/dev/null; wait' EXIT\n{script}"
        ))
        .current_dir(folder.path())
        .env("PATH", path)
        .env("NOTES_KEYTURN", format!("http://localhost:{keyturn}"))
        .env("NOTES_LISTEN", format!("127.0.0.1:{example}"))
        .env("KEYTURN_OPS__LISTEN", "off")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    for part in [
        "Hello, stranger!",
        "Hello, ann@example.org!",
        r#"[{"text":"milk"}]"#,
        r#""reason":"signed_out""#,
    ] {
        assert!(said.contains(part), "{part}:\n{said}\n{errors}");
    }
    assert!(output.status.success(), "{said}\n{errors}");
}
