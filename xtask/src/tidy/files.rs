//! Files: short enough to read in one sitting, introduced by a module doc, and named after what they hold.

use crate::finding::Finding;
use crate::tree::SourceFile;

/// Lines that a Rust file may not reach before its tests.
const RUST_LIMIT: usize = 400;

/// Lines that a TypeScript file may not reach.
const TYPESCRIPT_LIMIT: usize = 300;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "helper", "helpers", "manager", "managers", "misc",
];

/// Every file that is too long, without a module doc, or named after nothing.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    files
        .iter()
        .flat_map(|file| [length(file), module_doc(file), name(file)])
        .flatten()
        .collect()
}

fn length(file: &SourceFile) -> Option<Finding> {
    let (lines, limit) = match file.extension() {
        "rs" if !holds_tests_only(file) => (lines_before_tests(&file.text), RUST_LIMIT),
        "ts" | "tsx" if file.path.starts_with("web/") && !holds_tests_only(file) && !is_generated(file) => {
            (file.text.lines().count(), TYPESCRIPT_LIMIT)
        }
        _ => return None,
    };
    let wrong = format!("{lines} lines without tests; files stay under {limit}");
    (lines >= limit).then(|| {
        Finding::new(
            &file.path,
            wrong,
            "move a part that has a name of its own into a file of that name",
        )
    })
}

fn holds_tests_only(file: &SourceFile) -> bool {
    let in_folder = file
        .path
        .split('/')
        .any(|part| part == "tests" || part == "e2e" || part == "tests.rs");
    in_folder || file.path.contains(".test.") || file.path.contains(".spec.")
}

fn is_generated(file: &SourceFile) -> bool {
    file.text
        .lines()
        .take(5)
        .any(|line| line.contains("auto-generated") || line.contains("@generated"))
}

/// Lines above the test module; a single item that exists in tests only doesn't end the count.
fn lines_before_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.iter().enumerate().position(|(index, line)| {
        line.starts_with("#[cfg(test)]") && opens_module(lines.iter().skip(index + 1))
    });
    tests.unwrap_or(lines.len())
}

fn opens_module<'a>(following: impl Iterator<Item = &'a &'a str>) -> bool {
    let mut items = following.skip_while(|line| !is_item(line));
    items
        .next()
        .is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
}

fn is_item(line: &str) -> bool {
    [
        "mod ", "fn ", "pub", "use ", "impl", "struct ", "enum ", "const ", "static ", "type ", "trait ",
    ]
    .iter()
    .any(|start| line.starts_with(start))
}

fn module_doc(file: &SourceFile) -> Option<Finding> {
    let inside = file.path.starts_with("bench/src/")
        || file.path.starts_with("xtask/src/")
        || (file.path.starts_with("crates/") && file.path.split('/').nth(2) == Some("src"));
    if file.extension() != "rs" || !inside || file.text.trim_start().starts_with("//!") {
        return None;
    }
    let remedy = "begin the file with `//!`: what it is, the rule it keeps, the caveat";
    Some(Finding::new(
        &file.path,
        "doesn't begin with a module doc",
        remedy,
    ))
}

fn name(file: &SourceFile) -> Option<Finding> {
    let stems = file
        .path
        .split('/')
        .map(|part| part.split('.').next().unwrap_or(part));
    let mut words = stems.flat_map(|stem| stem.split(['_', '-']));
    let empty = words.find(|word| EMPTY_NAMES.contains(&word.to_ascii_lowercase().as_str()))?;
    let wrong = format!("`{empty}` in a name says nothing about what is inside");
    Some(Finding::new(
        &file.path,
        wrong,
        "name it after the data it holds or the thing it does",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&[SourceFile::new(path, text)])
            .into_iter()
            .map(|finding| finding.wrong)
            .collect()
    }

    fn lines(count: usize) -> String {
        format!("//! Doc.\n{}", "const A: u8 = 1;\n".repeat(count - 1))
    }

    #[test]
    fn a_rust_file_of_400_lines_is_too_long_and_one_of_399_is_not() {
        assert_eq!(
            found("crates/core/src/a.rs", &lines(400)),
            ["400 lines without tests; files stay under 400"]
        );
        assert!(found("crates/core/src/a.rs", &lines(399)).is_empty());
    }

    #[test]
    fn the_tests_below_a_file_do_not_count() {
        let tests = format!(
            "#[cfg(test)]\n#[expect(dead_code, reason = \"none\")]\nmod tests {{\n{}}}\n",
            lines(300)
        );
        assert!(found("crates/core/src/a.rs", &(lines(390) + &tests)).is_empty());
        assert!(found("crates/core/tests/it/a.rs", &lines(900)).is_empty());
    }

    #[test]
    fn one_item_for_tests_does_not_hide_the_rest_of_the_file() {
        for item in [
            "#[cfg(test)]\nmod tests;\n",
            "#[cfg(test)]\npub(crate) fn a() {}\n",
        ] {
            assert_eq!(
                found("crates/core/src/a.rs", &format!("//! Doc.\n{item}{}", lines(400))).len(),
                1
            );
        }
    }

    #[test]
    fn a_typescript_file_of_300_lines_is_too_long_unless_generated_or_a_test() {
        assert_eq!(found("web/client/src/store.ts", &"a;\n".repeat(300)).len(), 1);
        assert!(found("web/client/src/store.ts", &"a;\n".repeat(299)).is_empty());
        assert!(found("web/client/src/store.test.ts", &"a;\n".repeat(300)).is_empty());
        let generated = format!(
            "/**\n * This file was auto-generated.\n */\n{}",
            "a;\n".repeat(300)
        );
        assert!(found("web/client/src/schema.ts", &generated).is_empty());
    }

    #[test]
    fn a_module_without_a_doc_fails() {
        for path in ["crates/core/src/a.rs", "bench/src/lib.rs", "xtask/src/a/b.rs"] {
            assert_eq!(
                found(path, "use std::fmt;\n"),
                ["doesn't begin with a module doc"]
            );
        }
        assert!(found("crates/core/build.rs", "fn main() {}\n").is_empty());
    }

    #[test]
    fn names_that_say_nothing_fail() {
        for path in [
            "crates/core/src/util.rs",
            "web/ui/src/helpers/date.ts",
            "crates/http/src/session_manager.rs",
        ] {
            assert!(
                found(path, "//! Doc.\n")
                    .iter()
                    .any(|wrong| wrong.contains("says nothing")),
                "{path}"
            );
        }
        assert!(found("crates/core/src/utility_bill.rs", "//! Doc.\n").is_empty());
    }
}
