//! Which of our crates may depend on which.
//!
//! The table is the architecture: an edge that is not listed fails. Direct dependencies only, as their manifests name them, features
//! and targets included. Development dependencies may also name the test kit, which nothing but the benchmarks may ship with.

use std::path::Path;
use std::process::Command;

use anyhow::Context;
use serde::Deserialize;

use crate::finding::Finding;

const TEST_KIT: &str = "keyturn-testkit";

/// Crate, and the crates of ours that it may depend on.
const EDGES: &[(&str, &[&str])] = &[
    ("keyturn-token", &[]),
    ("keyturn-core", &["keyturn-token"]),
    ("keyturn-store", &["keyturn-core"]),
    ("keyturn-http", &["keyturn-core", "keyturn-token"]),
    ("keyturn-verifier", &["keyturn-token"]),
    ("keyturn-tasks", &["keyturn-verifier"]),
    (
        "keyturn",
        &[
            "keyturn-http",
            "keyturn-store",
            "keyturn-core",
            "keyturn-token",
            "keyturn-verifier",
            "keyturn-tasks",
        ],
    ),
    (TEST_KIT, &["keyturn-core"]),
    (
        "keyturn-bench",
        &[
            "keyturn-token",
            "keyturn-core",
            "keyturn-store",
            "keyturn-http",
            "keyturn-verifier",
            "keyturn-tasks",
            "keyturn",
            TEST_KIT,
        ],
    ),
    ("keyturn-example-axum", &["keyturn-verifier"]),
    (
        "keyturn-fuzz-bodies",
        &["keyturn-http", "keyturn-core", "keyturn-token"],
    ),
    ("xtask", &[]),
];

/// Crates that hold rules and nothing else: no I/O, no clock, no randomness of their own.
const PURE: &[&str] = &["keyturn-token", "keyturn-core"];

/// What a pure crate may not be linked to.
const IMPURE: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "rusqlite",
    "tokio-postgres",
    "deadpool-postgres",
    "getrandom",
    "rand",
];

/// What `cargo metadata` says, as far as the checks read it.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
}

/// A crate of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A direct dependency; `kind` is null for a normal one, else `dev` or `build`.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Option<String>,
}

impl Dependency {
    fn for_development(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

/// Asks cargo for the crates of the workspace and their direct dependencies.
pub(crate) fn metadata(root: &Path) -> anyhow::Result<Metadata> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root)
        .output()
        .context("running cargo metadata")?;
    anyhow::ensure!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("reading what cargo metadata printed")
}

/// Every edge that is not in the table, and every impure dependency of a pure crate.
pub(crate) fn check(metadata: &Metadata) -> Vec<Finding> {
    metadata
        .packages
        .iter()
        .flat_map(|package| check_package(package, metadata))
        .collect()
}

fn check_package(package: &Package, metadata: &Metadata) -> Vec<Finding> {
    let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == package.name) else {
        return vec![Finding::new(
            &package.name,
            "a crate that the dependency table doesn't know",
            "give it a row in xtask/src/tidy/edges.rs and in ARCHITECTURE.md, with the reason why it is a crate",
        )];
    };
    let judged = package.dependencies.iter();
    judged
        .filter_map(|dependency| check_dependency(package, allowed, dependency, metadata))
        .collect()
}

fn check_dependency(
    package: &Package,
    allowed: &[&str],
    dependency: &Dependency,
    metadata: &Metadata,
) -> Option<Finding> {
    let name = dependency.name.as_str();
    if PURE.contains(&package.name.as_str()) && IMPURE.contains(&name) && !dependency.for_development() {
        return Some(Finding::new(
            &package.name,
            format!("depends on {name}, but holds rules only"),
            "take time, entropy and storage as arguments or behind a port; do the I/O in `store`, `http` or an adapter",
        ));
    }
    let ours = EDGES.iter().any(|(known, _)| *known == name)
        || metadata.packages.iter().any(|package| package.name == name);
    if !ours || allowed.contains(&name) || (name == TEST_KIT && dependency.for_development()) {
        return None;
    }
    let remedy = if name == TEST_KIT {
        "name the test kit under [dev-dependencies], and use it from tests/"
    } else {
        "move what is needed to a crate that both may use, or pass it in by a port; a new edge is a change of the architecture"
    };
    Some(Finding::new(
        &package.name,
        format!("depends on {name}, which the dependency table doesn't allow"),
        remedy,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(package: &str, dependencies: &[(&str, Option<&str>)]) -> Metadata {
        let dependencies = dependencies
            .iter()
            .map(|(name, kind)| Dependency {
                name: (*name).to_owned(),
                kind: kind.map(str::to_owned),
            })
            .collect();
        Metadata {
            packages: vec![Package {
                name: package.to_owned(),
                dependencies,
            }],
        }
    }

    fn places_and_wrongs(metadata: &Metadata) -> Vec<String> {
        check(metadata)
            .into_iter()
            .map(|finding| format!("{} {}", finding.place, finding.wrong))
            .collect()
    }

    #[test]
    fn listed_edges_and_foreign_crates_pass() {
        let metadata = one(
            "keyturn-store",
            &[
                ("keyturn-core", None),
                ("rusqlite", None),
                (TEST_KIT, Some("dev")),
            ],
        );
        assert_eq!(check(&metadata), []);
    }

    #[test]
    fn an_edge_that_is_not_listed_fails() {
        let metadata = one("keyturn-core", &[("keyturn-store", None)]);
        let wrong = ["keyturn-core depends on keyturn-store, which the dependency table doesn't allow"];
        assert_eq!(places_and_wrongs(&metadata), wrong);
    }

    #[test]
    fn an_unlisted_edge_fails_for_development_too() {
        assert_eq!(
            check(&one("keyturn-core", &[("keyturn-http", Some("dev"))])).len(),
            1
        );
    }

    #[test]
    fn the_test_kit_is_for_development_only() {
        let findings = check(&one("keyturn-http", &[(TEST_KIT, None)]));
        assert_eq!(findings.len(), 1);
        assert!(
            findings
                .iter()
                .all(|finding| finding.remedy.contains("[dev-dependencies]"))
        );
        assert_eq!(check(&one("keyturn-http", &[(TEST_KIT, Some("dev"))])), []);
        assert_eq!(check(&one("keyturn-bench", &[(TEST_KIT, None)])), []);
    }

    #[test]
    fn rules_name_no_runtime_database_or_randomness() {
        for name in IMPURE {
            assert_eq!(check(&one("keyturn-token", &[(name, None)])).len(), 1, "{name}");
            assert_eq!(
                check(&one("keyturn-core", &[(name, Some("build"))])).len(),
                1,
                "{name}"
            );
            assert_eq!(check(&one("keyturn-core", &[(name, Some("dev"))])), [], "{name}");
        }
    }

    #[test]
    fn a_crate_without_a_row_fails() {
        let wrong = ["keyturn-extra a crate that the dependency table doesn't know"];
        assert_eq!(places_and_wrongs(&one("keyturn-extra", &[])), wrong);
    }
}
