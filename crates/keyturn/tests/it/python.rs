//! Python scripts beside a server, in the environment that `contract/requirements.txt` pins.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A script of `tests/python`, to be given its arguments and started.
pub(crate) fn script(name: &str) -> Command {
    let mut command = python();
    command.arg(root().join("crates/keyturn/tests/python").join(name));
    command
}

/// A module of the environment, likewise.
pub(crate) fn module(name: &str) -> Command {
    let mut command = python();
    command.args(["-m", name]);
    command
}

fn python() -> Command {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| make_environment(&root()));
    let mut command = Command::new(root().join(".venv/bin/python"));
    command.env("no_proxy", "*").env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a script to its end, which must be a good one, and answers what it said.
pub(crate) fn run(name: &str, args: &[&str], environment: &[(&str, &str)]) -> String {
    let environment = environment.iter().copied();
    let ended = script(name).args(args).envs(environment).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        ended.status.success(),
        "{name}: {said}{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    said
}

/// Quick where it is there.
fn make_environment(root: &Path) {
    let made = Command::new(root.join("scripts/setup"))
        .arg("contract")
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
