//! `web/openapi.json` is what the binary says.

use std::process::Command;

#[test]
fn the_snapshot_of_the_http_interface_is_fresh() {
    let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/openapi.json");
    let output = Command::new(env!("CARGO_BIN_EXE_keyturn"))
        .arg("openapi")
        .output()
        .unwrap();
    assert!(output.status.success());
    let committed = std::fs::read_to_string(snapshot).unwrap();
    assert!(
        committed == String::from_utf8(output.stdout).unwrap(),
        "web/openapi.json is stale: run `cargo run -q -p keyturn -- openapi > web/openapi.json`"
    );
}
