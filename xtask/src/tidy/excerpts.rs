//! Code that a document shows from a file of ours: it must be there, word for word, so that what people paste is what the tests run.
//!
//! A block that follows `<!-- excerpt: PATH -->` has to be consecutive lines of that file.

use crate::finding::Finding;
use crate::tree::SourceFile;

const MARK: &str = "<!-- excerpt: ";

/// Every excerpt that its file does not have.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let documents = files.iter().filter(|file| file.extension() == "md");
    documents
        .flat_map(|document| excerpts(document).map(move |excerpt| (document, excerpt)))
        .filter(|(_, (path, code))| !shows(files, path, code))
        .map(|(document, (path, _))| {
            let wrong = format!("shows lines of {path} that are not there");
            Finding::new(
                &document.path,
                wrong,
                "show consecutive lines of the file as they are",
            )
        })
        .collect()
}

/// The excerpts of a document: the file's path, and the lines.
fn excerpts(document: &SourceFile) -> impl Iterator<Item = (&str, &str)> {
    document.text.split(MARK).skip(1).map(|rest| {
        let (path, rest) = rest.split_once(" -->").unwrap_or((rest, ""));
        let opened = rest.split_once("```").map_or("", |(_, block)| block);
        let lines = opened.split_once('\n').map_or("", |(_, lines)| lines);
        (path, lines.split_once("```").map_or("", |(code, _)| code))
    })
}

fn shows(files: &[SourceFile], path: &str, code: &str) -> bool {
    let file = files.iter().find(|file| file.path == path);
    !code.trim().is_empty() && file.is_some_and(|file| file.text.contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "fn a() {}\nfn b() {}\nfn c() {}\n";

    fn findings(document: &str) -> usize {
        let files = [
            SourceFile::new("README.md", document),
            SourceFile::new("a.rs", SOURCE),
        ];
        check(&files).len()
    }

    #[test]
    fn lines_of_the_file_pass() {
        assert_eq!(
            findings("<!-- excerpt: a.rs -->\n```rust\nfn b() {}\nfn c() {}\n```\n"),
            0
        );
    }

    #[test]
    fn other_lines_and_other_files_fail() {
        assert_eq!(
            findings("<!-- excerpt: a.rs -->\n```rust\nfn a() {}\nfn c() {}\n```\n"),
            1
        );
        assert_eq!(findings("<!-- excerpt: b.rs -->\n```rust\nfn a() {}\n```\n"), 1);
        assert_eq!(findings("<!-- excerpt: a.rs -->\nno block"), 1);
    }
}
