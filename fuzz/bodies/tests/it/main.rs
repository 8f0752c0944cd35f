//! The committed corpus, run through every target without a fuzzer: what once broke a promise stays mended.
//!
//! A file's name begins with what becomes of it, `accepted` or `refused`, so that a target that accepts nothing, or everything,
//! is noticed too.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use keyturn_fuzz_bodies::{
    Outcome, authorization, cookie, csrf_token, device_cookie, email, json_body, jwt, refresh_token,
    stored_hash,
};

type Run = fn(&[u8]) -> Outcome;

const TARGETS: [(&str, Run); 9] = [
    ("authorization", authorization::run),
    ("cookie", cookie::run),
    ("csrf_token", csrf_token::run),
    ("device_cookie", device_cookie::run),
    ("email", email::run),
    ("json_body", json_body::run),
    ("jwt", jwt::run),
    ("refresh_token", refresh_token::run),
    ("stored_hash", stored_hash::run),
];

/// Targets that take values that nobody made a MAC for.
const OPEN: [&str; 5] = ["authorization", "cookie", "email", "json_body", "stored_hash"];

#[test]
fn every_file_of_the_corpus_becomes_what_its_name_says() {
    for (target, run) in TARGETS {
        let mut seen = BTreeSet::new();
        for file in entries(&corpus().join(target)) {
            let name = file.file_name().unwrap().to_str().unwrap();
            let outcome = run(&fs::read(&file).unwrap());
            let expected = match name.split('-').next() {
                Some("accepted") => Outcome::Accepted,
                Some("refused") => Outcome::Refused,
                _ => panic!("{target}/{name} says neither accepted nor refused"),
            };
            assert_eq!(outcome, expected, "{target}/{name}");
            seen.insert(name.split('-').next().unwrap().to_owned());
        }
        assert_eq!(seen.len(), 2, "{target} has files of both kinds");
    }
}

#[test]
fn every_input_one_byte_away_from_the_corpus_keeps_the_promises() {
    for (target, run) in TARGETS {
        for file in entries(&corpus().join(target)) {
            let input = fs::read(&file).unwrap();
            for at in 0..input.len().min(512) {
                let mut changed = input.clone();
                *changed.get_mut(at).unwrap() ^= 1 << (at % 8);
                // A promise that is broken panics; what becomes of the input is open where a value may be another one.
                let outcome = run(&changed);
                if !OPEN.contains(&target) {
                    assert_eq!(
                        outcome,
                        Outcome::Refused,
                        "{target}, {}, byte {at}",
                        file.display()
                    );
                }
            }
        }
    }
}

#[test]
fn every_target_has_a_program_and_a_corpus() {
    let named: BTreeSet<_> = TARGETS.iter().map(|(target, _)| (*target).to_owned()).collect();
    let names = |folder: &Path| -> BTreeSet<String> {
        let stem = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        entries(folder).iter().map(stem).collect()
    };
    assert_eq!(names(&corpus()), named);
    assert_eq!(names(&fuzz().join("fuzz_targets")), named);
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn corpus() -> PathBuf {
    fuzz().join("corpus")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths
}
