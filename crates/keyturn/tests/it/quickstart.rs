//! The README's quickstart, run as it is written, against a fresh server; only the address is another one.

use std::path::Path;
use std::process::Command;

use crate::server::Server;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");

/// The blocks marked `sh`, in order.
fn blocks(readme: &str) -> Vec<String> {
    readme
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

fn run(block: &str, folder: &Path) -> String {
    let script = format!("set -eu\n{block}");
    let output = Command::new("bash")
        .arg("-c")
        .arg(script)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{block}\nsaid: {said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

#[test]
fn the_quickstart_works_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let readme = std::fs::read_to_string(README).unwrap();
    let blocks = blocks(&readme);
    let said: Vec<String> = blocks
        .iter()
        .map(|block| {
            run(
                &block.replace("http://localhost:8080", server.url()),
                folder.path(),
            )
        })
        .collect();
    assert_eq!(
        said.len(),
        2,
        "the quickstart has a program's block and a browser's"
    );
    assert!(said[0].contains("two answers, one successor"), "{}", said[0]);
    assert!(
        said[1].contains("generation 1 after ten refreshes"),
        "{}",
        said[1]
    );
}
