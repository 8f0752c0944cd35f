//! The README's quickstart and the examples of the guide, run as they are written, against a fresh server; only the address is another one.

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
    quickstart_at(&[]);
}

/// Which is what `make run` serves.
#[test]
fn the_quickstart_works_beside_the_demo() {
    quickstart_at(&["--demo"]);
}

fn quickstart_at(flags: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), flags);
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

fn page(name: &str) -> Vec<String> {
    let path = format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"));
    blocks(&std::fs::read_to_string(path).unwrap())
}

#[test]
fn the_examples_of_the_guide_work_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let here = |block: &str| block.replace("http://localhost:8080", server.url());
    let create = ["user", "create", "--email", "ann@example.org", "--password-stdin"];
    server.command(&create, "a long and quiet phrase\n");
    let clients = page("existing-clients.md");
    assert_eq!(clients.len(), 2, "OAuth's block and the token pair's");
    for (block, renewed) in clients.iter().zip(["\"access_token\"", "\"new_access_token\""]) {
        let said = run(&here(block), folder.path());
        assert!(said.contains(renewed), "{said}");
    }

    let sign_in = here(clients.first().unwrap());
    let add = ["service", "add", "api", "--scope", "introspect", "--json"];
    let added = server.command(&add, "").json();
    let services = page("services.md");
    assert_eq!(
        services.len(),
        3,
        "an introspection, a code for somebody signed in elsewhere, a revocation"
    );
    let known = format!(
        "SECRET={}\n{sign_in}\nACCESS_TOKEN=$(sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/' <<<\"$tokens\")\nREFRESH_TOKEN=$refresh_token\n",
        added["secret"].as_str().unwrap()
    );
    let script = here(&format!("{}{}", services[0], services[2]));
    let said = run(&format!("{known}{script}"), folder.path());
    assert!(said.contains("\"active\":true"), "{said}");
    // The first refresh used the token up; giving up any generation ends the session.
    let sessions = server.command(&["session", "list", "--all", "--json"], "").json();
    assert_eq!(sessions[0]["end_reason"], "signed_out", "{sessions}");

    let add = [
        "service",
        "add",
        "follower",
        "--scope",
        "changes:sessions",
        "--json",
    ];
    let follower = server.command(&add, "").json();
    let follow = page("following-changes.md");
    assert_eq!(follow.len(), 2, "a stream, and a piece");
    let known = format!("SECRET={}\nPOSITION=\n", follower["secret"].as_str().unwrap());
    for (block, part) in follow.iter().zip(["event: ready", "\"reason\":\"signed_out\""]) {
        let said = run(&format!("{known}{}", here(block)), folder.path());
        assert!(said.contains(part), "{said}");
    }

    let add = ["service", "add", "portal", "--scope", "session:start", "--json"];
    let portal = server.command(&add, "").json();
    let (id, secret) = (
        sessions[0]["user_id"].as_str().unwrap(),
        portal["secret"].as_str().unwrap(),
    );
    let said = run(
        &format!("ID={id}\nSECRET={secret}\n{}", here(&services[1])),
        folder.path(),
    );
    assert!(said.contains("\"code\":\"ktc_"), "{said}");
}
