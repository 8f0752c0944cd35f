//! The command line as an operator meets it: what it says, what it changes, how it exits.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a command said and how it ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `keyturn` in `folder` with nothing in the environment but what is given.
pub(crate) fn keyturn_with(folder: &Path, environment: &[(&str, &str)], input: &str, args: &[&str]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_keyturn"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may be gone before the input is written.
    let _not_read = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn keyturn(folder: &Path, args: &[&str]) -> Ran {
    keyturn_with(folder, &[], "", args)
}

pub(crate) fn done(ran: Ran) -> String {
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// A failure is one line on stderr, beginning with the program's name.
pub(crate) fn failed(ran: &Ran, code: i32, part: &str) {
    assert_eq!(ran.code, Some(code), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(part), "{}", ran.stderr);
    assert_eq!(ran.stderr.trim_end().lines().count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("keyturn: "), "{}", ran.stderr);
}

const PASSWORD: &str = "a long and quiet phrase\n";

pub(crate) fn create(folder: &Path, email: &str) -> Value {
    let args = ["user", "create", "--email", email, "--password-stdin", "--json"];
    serde_json::from_str(&done(keyturn_with(folder, &[], PASSWORD, &args))).unwrap()
}

#[test]
fn an_account_is_made_shown_listed_and_moved_through_its_states() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(keyturn(folder, &["migrate"]));
    assert!(done(keyturn(folder, &["user", "list"])).contains("keyturn user create"));
    let ann = create(folder, "Ann@Example.org");
    assert_eq!(ann["state"], "active");
    assert_eq!(ann["email"], "Ann@Example.org");

    let shown: Value = serde_json::from_str(&done(keyturn(
        folder,
        &["user", "show", "ann@example.org", "--json"],
    )))
    .unwrap();
    assert_eq!(shown, ann);
    let by_id = keyturn(folder, &["user", "show", ann["id"].as_str().unwrap()]);
    assert!(done(by_id).contains("Ann@Example.org"));

    let suspended = done(keyturn(
        folder,
        &[
            "user",
            "set-state",
            "ann@example.org",
            "suspended",
            "--reason",
            "lost laptop",
        ],
    ));
    assert!(suspended.contains("suspended"));
    let again = keyturn(folder, &["user", "set-state", "ann@example.org", "pending"]);
    failed(&again, 1, "an account that is suspended cannot become pending");
    let listed: Value = serde_json::from_str(&done(keyturn(
        folder,
        &["user", "list", "--state", "suspended", "--json"],
    )))
    .unwrap();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert!(done(keyturn(folder, &["user", "list", "--state", "active"])).contains("no accounts"));
}

#[test]
fn a_password_is_judged_and_set_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(keyturn(folder, &["migrate"]));
    let weak = keyturn_with(
        folder,
        &[],
        "password\n",
        &["user", "create", "--email", "a@example.org", "--password-stdin"],
    );
    failed(&weak, 1, "password:");
    create(folder, "a@example.org");
    failed(
        &keyturn_with(
            folder,
            &[],
            PASSWORD,
            &["user", "create", "--email", "A@example.org", "--password-stdin"],
        ),
        1,
        "has this email",
    );
    let set = keyturn_with(
        folder,
        &[],
        "another long and quiet phrase\n",
        &["user", "set-password", "a@example.org", "--password-stdin"],
    );
    assert!(done(set).contains("all its sessions have ended"));
    failed(
        &keyturn(folder, &["user", "set-password", "a@example.org"]),
        64,
        "--password-stdin",
    );
}

#[test]
fn what_is_not_there_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    failed(&keyturn(folder, &["user", "list"]), 69, "keyturn migrate");
    done(keyturn(folder, &["migrate"]));
    failed(
        &keyturn(folder, &["user", "show", "nobody@example.org"]),
        1,
        "nobody@example.org",
    );
    failed(
        &keyturn(folder, &["session", "end", "not-an-id"]),
        1,
        "keyturn session list",
    );
    failed(
        &keyturn(folder, &["user", "list", "--state", "happy"]),
        64,
        "pending, active, inactive, suspended",
    );
    assert!(done(keyturn(folder, &["session", "list"])).contains("--all"));
}

#[test]
fn a_wrong_command_line_exits_with_64_and_help_with_0() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(keyturn(folder.path(), &["fly"]).code, Some(64));
    assert_eq!(keyturn(folder.path(), &[]).code, Some(64));
    for help in [
        &["--help"][..],
        &["serve", "--help"],
        &["user", "create", "--help"],
        &["--version"],
    ] {
        assert!(!done(keyturn(folder.path(), help)).is_empty());
    }
}

#[test]
fn the_configuration_comes_from_file_environment_and_flags_in_this_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(
        folder.join("keyturn.toml"),
        "[session]\nidle_timeout = \"2h\"\nabsolute_timeout = \"1d\"\n[jwt]\naccess_ttl = \"10m\"\n",
    )
    .unwrap();
    let environment = [
        ("KEYTURN_SESSION__IDLE_TIMEOUT", "90m"),
        (
            "KEYTURN_HTTP__ALLOWED_ORIGINS",
            "https://a.example, https://b.example",
        ),
        ("KEYTURN_HTTP__DEV_COOKIES", "true"),
        ("KEYTURN_PASSWORD__MIN_STRENGTH", "2"),
        ("KEYTURN_LOG", "debug"),
    ];
    let printed = done(keyturn_with(
        folder,
        &environment,
        "",
        &["config", "print", "--changed", "--set", "jwt.access_ttl=5m"],
    ));
    let printed: toml::Table = printed.parse().unwrap();
    let expected: toml::Table = "[http]\nallowed_origins = [\"https://a.example\", \"https://b.example\"]\ndev_cookies = true\n\
        [session]\nidle_timeout = \"90m\"\nabsolute_timeout = \"1d\"\n[jwt]\naccess_ttl = \"5m\"\n[password]\nmin_strength = 2\n"
        .parse()
        .unwrap();
    assert_eq!(printed, expected);
}

#[test]
fn the_whole_configuration_is_printed_as_a_file_that_can_be_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let printed = done(keyturn(folder, &["config", "print"]));
    std::fs::write(folder.join("again.toml"), &printed).unwrap();
    assert_eq!(
        done(keyturn(folder, &["--config", "again.toml", "config", "print"])),
        printed
    );
    assert_eq!(
        done(keyturn(
            folder,
            &["--config", "again.toml", "config", "print", "--changed"]
        ))
        .trim(),
        ""
    );
}

#[test]
fn a_mistake_in_the_configuration_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let check = |environment: &[(&str, &str)], args: &[&str]| {
        keyturn_with(folder, environment, "", &[&["config", "check"], args].concat())
    };
    assert_eq!(check(&[], &[]).code, Some(0));
    failed(
        &check(&[("KEYTURN_SESSION__IDLE_TIMOUT", "1h")], &[]),
        78,
        "idle_timout",
    );
    failed(
        &check(&[("KEYTURN_SESION__IDLE_TIMEOUT", "1h")], &[]),
        78,
        "sesion",
    );
    failed(&check(&[], &["--set", "session.idle_timeout=soon"]), 78, "30m");
    failed(
        &check(&[], &["--set", "session.idle_timeout=10m"]),
        78,
        "at least twice jwt.access_ttl",
    );
    failed(&check(&[], &["--set", "nonsense"]), 64, "KEY=VALUE");
    failed(
        &check(&[], &["--set", "master_secret=anything"]),
        64,
        "command lines",
    );
    failed(
        &check(&[("KEYTURN_MASTER_SECRET", "too short")], &[]),
        78,
        "32 bytes",
    );
    failed(
        &check(&[("KEYTURN_MASTER_SECRET", &"changeme".repeat(8))], &[]),
        78,
        "well-known",
    );
    failed(&check(&[], &["--config", "absent.toml"]), 78, "absent.toml");
    failed(
        &check(&[], &["--set", "http.listen=0.0.0.0:8080"]),
        78,
        "http.public_url",
    );
}

#[test]
fn a_secret_is_read_from_its_file_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let secret = "k3V9x-Qm27p_LsTz81ybWfHnRc40dUeGjAoXiB65";
    std::fs::write(folder.join("secret"), format!("{secret}\n")).unwrap();
    let by_file = [("KEYTURN_MASTER_SECRET_FILE", "secret")];
    let printed = done(keyturn_with(folder, &by_file, "", &["config", "print"]));
    assert!(printed.contains("master_secret = \"(hidden)\"") && !printed.contains(secret));
    let both = [
        ("KEYTURN_MASTER_SECRET_FILE", "secret"),
        ("KEYTURN_MASTER_SECRET", secret),
    ];
    failed(
        &keyturn_with(folder, &both, "", &["config", "check"]),
        78,
        "keep one",
    );
    failed(
        &keyturn_with(
            folder,
            &[("KEYTURN_MASTER_SECRET_FILE", "absent")],
            "",
            &["config", "check"],
        ),
        78,
        "absent",
    );
}

#[test]
fn a_server_with_readable_secrets_or_a_moved_clock_for_the_world_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = folder.join("keyturn-data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(
        data.join("master.secret"),
        "k3V9x-Qm27p_LsTz81ybWfHnRc40dUeGjAoXiB65\n",
    )
    .unwrap();
    std::fs::set_permissions(data.join("master.secret"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--set", "ops.listen=off"];
    failed(&keyturn(folder, &serve), 78, "chmod 600");
    let for_the_world = [
        "serve",
        "--virtual-clock",
        "--set",
        "http.public_url=https://id.example.org",
    ];
    failed(&keyturn(folder, &for_the_world), 78, "--virtual-clock");
}

#[test]
fn a_taken_port_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    failed(
        &keyturn(folder.path(), &["serve", "--listen", &address]),
        69,
        "another program uses the port",
    );
    failed(
        &keyturn(folder.path(), &["serve", "--demo", "--listen", &address]),
        69,
        "make run ARGS=",
    );
    let ops = format!("ops.listen={address}");
    failed(
        &keyturn(
            folder.path(),
            &["serve", "--listen", "127.0.0.1:0", "--set", &ops],
        ),
        69,
        "choose one with ops.listen, as ADDRESS:PORT or `off`",
    );
    let data = folder.path().join("data");
    assert!(!data.exists(), "nothing is made by a start that comes to nothing");
}
