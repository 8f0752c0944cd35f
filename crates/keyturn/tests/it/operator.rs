//! The commands that an operator, a container or a shell runs beside a server.

use std::fs;

use serde_json::Value;

use crate::cli::{done, failed, keyturn};
use crate::closed_port::ClosedPort;
use crate::server::Server;

#[test]
fn a_container_learns_whether_its_server_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let url = server.url().to_owned();
    let listen = format!(
        "http.listen={}",
        url.trim_start_matches("http://")
            .replace("localhost", "127.0.0.1")
    );
    assert!(done(keyturn(folder.path(), &["healthcheck", "--url", &url])).contains("ready"));
    assert!(done(keyturn(folder.path(), &["healthcheck", "--set", &listen])).contains("ready"));
    let missing = format!("{url}/elsewhere");
    failed(
        &keyturn(folder.path(), &["healthcheck", "--url", &missing]),
        1,
        "404",
    );
    server.stop();
    let gone = ClosedPort::any();
    let url = gone.url();
    failed(
        &keyturn(folder.path(), &["healthcheck", "--url", &url]),
        1,
        "no answer",
    );
    let asked = keyturn(folder.path(), &["healthcheck", "--json", "--url", &url]);
    assert_eq!(asked.code, Some(1));
    let said: Value = serde_json::from_str(&asked.stdout).unwrap();
    assert_eq!(said["ready"], false);
}

#[test]
fn shells_and_man_are_served() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = done(keyturn(folder.path(), &["completions", shell]));
        assert!(script.contains("healthcheck"), "{shell}: {script}");
    }
    assert_eq!(keyturn(folder.path(), &["completions", "dos"]).code, Some(64));
    let page = done(keyturn(folder.path(), &["man"]));
    for part in [".TH keyturn 1", ".SH KEYTURN USER SET-STATE", "for the audit log"] {
        assert!(page.contains(part), "{part}");
    }
    let pages = folder.path().join("pages");
    done(keyturn(folder.path(), &["man", "--out", pages.to_str().unwrap()]));
    assert!(
        fs::read_to_string(pages.join("keyturn-user-create.1"))
            .unwrap()
            .contains("password")
    );
}

#[test]
fn the_default_file_changes_nothing_and_its_reference_is_printed_whatever_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("keyturn.toml"), "nonsense = true").unwrap();
    failed(&keyturn(folder, &["config", "check"]), 78, "nonsense");
    let file = done(keyturn(folder, &["config", "default"]));
    for part in [
        "preset: strict",
        "preset: web",
        "preset: mobile",
        "\n#session.idle_timeout = \"60m\"\n",
    ] {
        assert!(file.contains(part), "{part}: {file}");
    }
    let reference = done(keyturn(folder, &["config", "reference"]));
    let line = "| `session.activity` | `\"requests\"` or `\"declared\"` | `\"requests\"` |";
    assert!(reference.contains(line), "{reference}");
    let json: Value =
        serde_json::from_str(&done(keyturn(folder, &["config", "reference", "--json"]))).unwrap();
    let key = |setting: &Value| setting["key"] == "jwt.access_ttl" && setting["default"] == "30m";
    assert!(json.as_array().unwrap().iter().any(key), "{json}");
    fs::write(folder.join("keyturn.toml"), file).unwrap();
    assert_eq!(
        done(keyturn(folder, &["config", "print", "--changed"])).trim(),
        ""
    );
}
