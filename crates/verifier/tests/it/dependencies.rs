//! How many crates a feature brings: what the README says is what `cargo tree` counts.

use std::collections::BTreeSet;
use std::process::Command;

const README: &str = include_str!("../../README.md");

/// The crates that the verifier is built with under these features, besides itself.
fn crates_with(features: &str) -> usize {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--locked",
            "--offline",
            "--no-default-features",
            "--edges",
            "normal",
        ])
        .args(["--prefix", "none", "--format", "{p}", "--features", features])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<_> = text.lines().filter_map(|line| line.split(" (").next()).collect();
    crates
        .iter()
        .filter(|name| !name.starts_with("keyturn-verifier "))
        .count()
}

#[test]
fn the_readme_says_how_many_crates_a_feature_brings() {
    let counted = [
        "",
        "tower",
        "axum",
        "jwks",
        "introspection",
        "feed",
        "axum,feed,introspection,jwks",
    ];
    let [none, tower, axum, jwks, introspection, feed, all] = counted.map(crates_with);
    assert_eq!((jwks, introspection), (feed, feed), "they share the HTTP client");
    let line = format!(
        "It brings {none} crates with it; {tower} with `tower`, {axum} with `axum`, {feed} with any of `jwks`, `introspection` and `feed`, which ask by HTTPS, and {all} with everything."
    );
    assert!(README.contains(&line), "the README should say: {line}");
}
