//! `cargo xtask requirements`: which tests hold which requirement.
//!
//! `requirements/requirements.toml` says what the product must do, `requirements/pending.toml` what no test holds yet. A requirement
//! is in exactly one of three states: it has tests; it has some, and its section `[partly]` says what is still to come; or it is pending
//! with the part of the product it waits for.

mod scan;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context;

use self::scan::Test;
use crate::finding::Finding;
use crate::tree;

const STATEMENTS: &str = "requirements/requirements.toml";
const PENDING: &str = "requirements/pending.toml";

/// Number and text: of what is required, or of what it waits for.
type Numbered = BTreeMap<String, String>;

/// What no test holds yet.
#[derive(serde::Deserialize)]
struct Pending {
    /// Requirements of which a test holds a part: what is still to come.
    #[serde(default)]
    partly: Numbered,
    /// Requirements without any test: what they wait for.
    #[serde(flatten)]
    wholly: Numbered,
}

/// Prints the table and answers what is wrong with it.
pub(crate) fn run(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let statements: Numbered = load(root, STATEMENTS)?;
    let pending: Pending = load(root, PENDING)?;
    let tests = scan::tests(&tree::read(root)?);
    io::stdout()
        .lock()
        .write_all(table(&statements, &pending, &tests)?.as_bytes())?;
    Ok(check(&statements, &pending, &tests))
}

fn load<T: serde::de::DeserializeOwned>(root: &Path, path: &str) -> anyhow::Result<T> {
    let text = fs::read_to_string(root.join(path)).with_context(|| format!("reading {path}"))?;
    toml::from_str(&text).with_context(|| format!("reading {path}"))
}

fn holding<'a>(number: &'a str, tests: &'a [Test]) -> impl Iterator<Item = &'a Test> {
    tests
        .iter()
        .filter(move |test| test.numbers.iter().any(|named| named == number))
}

fn table(statements: &Numbered, pending: &Pending, tests: &[Test]) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    for (number, statement) in statements {
        writeln!(out, "{number}  {statement}")?;
        if let Some(waits_for) = pending.wholly.get(number) {
            writeln!(out, "      pending: {waits_for}")?;
        }
        if let Some(to_come) = pending.partly.get(number) {
            writeln!(out, "      still to come: {to_come}")?;
        }
        for test in holding(number, tests) {
            writeln!(out, "      {}  {}", test.path, test.name)?;
        }
    }
    let held = statements
        .keys()
        .filter(|number| holding(number, tests).next().is_some())
        .count();
    writeln!(
        out,
        "\n{held} of {} requirements have a test, {} of these in part; {} are pending",
        statements.len(),
        pending.partly.len(),
        pending.wholly.len()
    )?;
    Ok(out)
}

fn check(statements: &Numbered, pending: &Pending, tests: &[Test]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for number in statements.keys() {
        match (holding(number, tests).next(), pending.wholly.contains_key(number)) {
            (None, false) => findings.push(Finding::new(
                number,
                "has no test",
                format!(
                    "write one that carries the number in its name, or say in {PENDING} what it waits for"
                ),
            )),
            (Some(test), true) => findings.push(Finding::new(
                number,
                format!("is pending, but {} tests it ({})", test.path, test.name),
                format!("take it out of {PENDING}, or into its [partly] if something is still to come"),
            )),
            (None, true) if pending.partly.contains_key(number) => findings.push(Finding::new(
                number,
                "is pending twice",
                format!("no test holds any of it: take it out of [partly] in {PENDING}"),
            )),
            _ => {}
        }
    }
    findings.extend(unknown_pending(statements, pending));
    findings.extend(unknown_tested(statements, tests));
    findings
}

fn unknown_pending(statements: &Numbered, pending: &Pending) -> impl Iterator<Item = Finding> {
    let named = pending.wholly.keys().chain(pending.partly.keys());
    let unknown = named.filter(|number| !statements.contains_key(*number));
    unknown.map(|number| {
        Finding::new(
            PENDING,
            format!("names {number}, which is no requirement"),
            format!("use a number of {STATEMENTS}"),
        )
    })
}

fn unknown_tested(statements: &Numbered, tests: &[Test]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for test in tests {
        for number in test
            .numbers
            .iter()
            .filter(|number| !statements.contains_key(*number))
        {
            findings.push(Finding::new(
                &test.path,
                format!("{} names {number}, which is no requirement", test.name),
                format!("use a number of {STATEMENTS}"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(numbers: &[&str]) -> Numbered {
        numbers
            .iter()
            .map(|number| ((*number).to_owned(), "a statement".to_owned()))
            .collect()
    }

    fn test_of(numbers: &[&str]) -> Test {
        Test {
            numbers: numbers.iter().map(|number| (*number).to_owned()).collect(),
            name: "a_test".to_owned(),
            path: "crates/core/tests/it/a.rs".to_owned(),
        }
    }

    fn pending(wholly: &[&str], partly: &[&str]) -> Pending {
        Pending {
            wholly: numbered(wholly),
            partly: numbered(partly),
        }
    }

    fn wrong(statements: &[&str], wholly: &[&str], tests: &[Test]) -> Vec<String> {
        let findings = check(&numbered(statements), &pending(wholly, &[]), tests);
        findings
            .into_iter()
            .map(|finding| format!("{} {}", finding.place, finding.wrong))
            .collect()
    }

    #[test]
    fn tested_or_pending_passes() {
        assert!(wrong(&["R1.1", "R1.2"], &["R1.2"], &[test_of(&["R1.1"])]).is_empty());
    }

    #[test]
    fn neither_tested_nor_pending_fails() {
        assert_eq!(wrong(&["R1.1"], &[], &[]), ["R1.1 has no test"]);
    }

    #[test]
    fn pending_although_tested_fails() {
        let wrong = wrong(&["R1.1"], &["R1.1"], &[test_of(&["R1.1"])]);
        assert_eq!(
            wrong,
            ["R1.1 is pending, but crates/core/tests/it/a.rs tests it (a_test)"]
        );
    }

    #[test]
    fn unknown_numbers_fail_in_tests_and_in_the_pending_list() {
        assert_eq!(
            wrong(&["R1.1"], &["R9.9"], &[test_of(&["R1.1", "R7.7"])]),
            [
                "requirements/pending.toml names R9.9, which is no requirement",
                "crates/core/tests/it/a.rs a_test names R7.7, which is no requirement",
            ]
        );
    }

    #[test]
    fn pending_wholly_and_partly_fails() {
        let findings = check(&numbered(&["R1.1"]), &pending(&["R1.1"], &["R1.1"]), &[]);
        assert_eq!(findings.len(), 1);
    }

    #[test]
    fn the_table_shows_tests_and_what_is_waited_for() {
        let table = table(
            &numbered(&["R1.1", "R1.2"]),
            &pending(&["R1.2"], &["R1.1"]),
            &[test_of(&["R1.1"])],
        )
        .unwrap();
        assert_eq!(
            table,
            "R1.1  a statement\n      still to come: a statement\n      crates/core/tests/it/a.rs  a_test\nR1.2  a statement\n      pending: a statement\n\n\
             1 of 2 requirements have a test, 1 of these in part; 1 are pending\n"
        );
    }
}
