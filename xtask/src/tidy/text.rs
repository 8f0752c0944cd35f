//! Text: no work left for later, and no path of somebody's machine.
//!
//! Needles are put together from parts, so that this file passes its own check.

use crate::finding::Finding;
use crate::tree::SourceFile;

/// Files that are written by tools, or hold the words for other reasons than work left undone.
const EXEMPT: &[&str] = &["Cargo.lock", "package-lock.json", "LICENSE-APACHE", "LICENSE-MIT"];

/// Folders, directly below the root of a file system, that exist on one machine only.
const MACHINE_FOLDERS: &[&str] = &["home", "root", "Users", "work", "workspace"];

/// Every line with a marker or a machine path.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let checked = files.iter().filter(|file| {
        !EXEMPT
            .iter()
            .any(|name| file.path.rsplit('/').next() == Some(name))
    });
    checked.flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Finding> {
    let lines = file.text.lines().enumerate();
    lines
        .flat_map(|(index, line)| [marker(file, index, line), machine_path(file, index, line)])
        .flatten()
        .collect()
}

fn marker(file: &SourceFile, index: usize, line: &str) -> Option<Finding> {
    let marker = markers().into_iter().find(|marker| has_word(line, marker))?;
    let remedy = "finish it, or open an issue and leave the line out";
    Some(Finding::new(
        place(file, index),
        format!("`{marker}` leaves work for later"),
        remedy,
    ))
}

fn markers() -> [String; 6] {
    [
        ("TO", "DO"),
        ("FIX", "ME"),
        ("XX", "X"),
        ("HA", "CK"),
        ("to", "do!"),
        ("unimplemen", "ted!"),
    ]
    .map(|(left, right)| format!("{left}{right}"))
}

fn machine_path(file: &SourceFile, index: usize, line: &str) -> Option<Finding> {
    let folder = MACHINE_FOLDERS.iter().find(|folder| has_absolute(line, folder))?;
    let remedy = "write the path from the root of the repository, or take it from the environment";
    Some(Finding::new(
        place(file, index),
        format!("a path in /{folder} exists on one machine only"),
        remedy,
    ))
}

/// Whether `/folder/` begins a path in this line and something follows it.
fn has_absolute(line: &str, folder: &str) -> bool {
    let needle = format!("/{folder}/");
    line.match_indices(&needle).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + needle.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.*/}>)~$".contains(c))
            && after.is_some_and(char::is_alphanumeric)
    })
}

fn has_word(line: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(inside) && (word.ends_with('!') || !after.is_some_and(inside))
    })
}

fn place(file: &SourceFile, index: usize) -> String {
    format!("{}:{}", file.path, index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<String> {
        check(&[SourceFile::new("docs/page.md", line)])
            .into_iter()
            .map(|finding| finding.wrong)
            .collect()
    }

    #[test]
    fn every_marker_fails_and_words_that_contain_one_do_not() {
        for marker in markers() {
            assert_eq!(
                found(&format!("// {marker} later")),
                [format!("`{marker}` leaves work for later")]
            );
            assert!(found(&format!("a{marker}")).is_empty());
        }
        assert!(found("mktemp -d name.XXXXXX; the todo list").is_empty());
    }

    #[test]
    fn a_path_of_one_machine_fails() {
        for folder in MACHINE_FOLDERS {
            assert_eq!(found(&format!("cd /{folder}/someone")).len(), 1, "{folder}");
            assert_eq!(found(&format!("\"/{folder}/someone\"")).len(), 1, "{folder}");
        }
    }

    #[test]
    fn the_same_word_inside_a_path_or_route_passes() {
        for line in [
            "docs/work/page.md",
            "GET https://a.example/home/page",
            "WORKDIR /work",
            "${base}/home/x",
        ] {
            assert!(found(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn the_finding_names_file_and_line() {
        let text = format!("first\n// {}\n", markers().concat().get(..4).unwrap());
        let findings = check(&[SourceFile::new("a.rs", &text)]);
        assert_eq!(
            findings
                .into_iter()
                .map(|finding| finding.place)
                .collect::<Vec<_>>(),
            ["a.rs:2"]
        );
    }

    #[test]
    fn lock_files_are_left_alone() {
        let text = format!("{}\n", markers().concat().get(..4).unwrap());
        assert_eq!(check(&[SourceFile::new("web/package-lock.json", &text)]), []);
    }
}
