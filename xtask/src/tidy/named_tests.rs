//! Tests that a document names: each must exist, so that a table "what is held by which test" can't outlive its tests.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::tree::SourceFile;

/// The documents whose words in code marks are names of tests where they look like one.
const DOCUMENTS: [&str; 2] = ["README.md", "docs/asvs.md"];

/// A name of a test says something: it has at least so many underscores. Settings, codes and reasons have fewer.
const UNDERSCORES: usize = 3;

/// Every name of a test that no source has.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let defined: BTreeSet<&str> = files.iter().flat_map(defined).collect();
    let documents = files
        .iter()
        .filter(|file| DOCUMENTS.contains(&file.path.as_str()));
    documents
        .flat_map(|document| named(document).map(move |name| (document, name)))
        .filter(|(_, name)| !defined.contains(name))
        .map(|(document, name)| {
            let wrong = format!("names the test `{name}`, which does not exist");
            Finding::new(
                &document.path,
                wrong,
                "name the test that holds it now, or say why none does",
            )
        })
        .collect()
}

fn named(document: &SourceFile) -> impl Iterator<Item = &str> {
    let in_code_marks = document.text.split('`').skip(1).step_by(2);
    in_code_marks.filter(|word| {
        word.matches('_').count() >= UNDERSCORES
            && word
                .bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// The functions of a source, whatever they are.
fn defined(file: &SourceFile) -> Vec<&str> {
    let keyword = match file.extension() {
        "rs" => "fn ",
        "py" => "def ",
        _ => return Vec::new(),
    };
    let after = file.text.split(keyword).skip(1);
    after
        .filter_map(|text| text.split_once('(').map(|(name, _)| name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(document: &str, source: &str) -> Vec<String> {
        let files = [
            SourceFile::new("docs/asvs.md", document),
            SourceFile::new("crates/core/tests/it/a.rs", source),
        ];
        check(&files).into_iter().map(|finding| finding.wrong).collect()
    }

    #[test]
    fn a_test_that_exists_passes() {
        assert!(
            wrong(
                "held by `a_session_ends_once`",
                "#[test]\nfn a_session_ends_once() {}"
            )
            .is_empty()
        );
    }

    #[test]
    fn a_test_that_does_not_exist_fails() {
        assert_eq!(
            wrong("held by `a_session_ends_once`", "fn a_session_ends_twice() {}"),
            ["names the test `a_session_ends_once`, which does not exist"]
        );
    }

    #[test]
    fn settings_and_codes_are_no_names_of_tests() {
        assert!(
            wrong(
                "`session.idle_timeout`, `signed_out_elsewhere`, `GET /a_b_c_d`",
                ""
            )
            .is_empty()
        );
    }
}
