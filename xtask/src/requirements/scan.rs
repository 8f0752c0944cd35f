//! Finds the tests that name a requirement: `r1_5_…` in Rust and Python, "R1.5 …" in TypeScript.
//!
//! One test may name several: `r1_5_r3_4_…`, "R1.5 R3.4 …". Ignored and skipped tests hold nothing and don't count. In Rust a function
//! counts if an attribute makes it a test, or as a case of the behaviour suite, which every store runs.

use crate::tree::SourceFile;

/// The folder of the behaviour suite: its cases are functions without an attribute of their own.
const SUITE: &str = "crates/testkit/src/suite";

/// This tool's own sources, which hold examples of all this.
const OURSELVES: &str = "xtask/";

/// A test and the requirements it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) numbers: Vec<String>,
    pub(crate) name: String,
    pub(crate) path: String,
}

/// All tests of the repository that name a requirement.
pub(crate) fn tests(files: &[SourceFile]) -> Vec<Test> {
    let read = files.iter().filter(|file| !file.path.starts_with(OURSELVES));
    read.flat_map(|file| names(file).into_iter().filter_map(|name| test(file, name)))
        .collect()
}

fn names(file: &SourceFile) -> Vec<&str> {
    match file.extension() {
        "rs" => rust_names(file),
        "ts" | "tsx" => typescript_names(&file.text),
        "py" => python_names(&file.text),
        _ => Vec::new(),
    }
}

fn test(file: &SourceFile, name: &str) -> Option<Test> {
    let numbers = numbers(name.strip_prefix("test_").unwrap_or(name));
    let name = name.to_owned();
    (!numbers.is_empty()).then(|| Test {
        numbers,
        name,
        path: file.path.clone(),
    })
}

/// The requirements at the start of a name, `r1_5_…` or "R1.5 …".
fn numbers(name: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = name;
    while let Some((number, after)) = number(rest) {
        found.push(number);
        rest = after.trim_start_matches([' ', ',', ':', '/', '_']);
    }
    found
}

fn number(text: &str) -> Option<(String, &str)> {
    let separator = match text.chars().next()? {
        'r' => '_',
        'R' => '.',
        _ => return None,
    };
    let (chapter, rest) = digits(text.get(1..)?)?;
    let (section, rest) = digits(rest.strip_prefix(separator)?)?;
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric());
    ends.then(|| (format!("R{chapter}.{section}"), rest))
}

fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn rust_names(file: &SourceFile) -> Vec<&str> {
    let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
    let in_suite = file.path.starts_with(SUITE);
    let named = lines
        .iter()
        .enumerate()
        .filter_map(|(index, line)| Some((index, function_name(line)?)));
    named
        .filter(|(index, _)| runs(lines.iter().take(*index), in_suite))
        .map(|(_, name)| name)
        .collect()
}

/// The name of the function that this line defines.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let defines = before
        .split_whitespace()
        .all(|word| ["pub", "pub(crate)", "async", "const"].contains(&word));
    let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (defines && !name.is_empty()).then_some(name)
}

/// Whether the attributes above a function make it a test that is not ignored.
fn runs<'a>(above: impl DoubleEndedIterator<Item = &'a &'a str>, in_suite: bool) -> bool {
    let ends_item = |line: &&&str| line.is_empty() || line.ends_with(['}', ';', '{']);
    let attributes: Vec<&&str> = above
        .rev()
        .take_while(|line| !ends_item(line))
        .filter(|line| line.starts_with("#["))
        .collect();
    let is_test = attributes
        .iter()
        .any(|line| line.contains("test") && !line.starts_with("#[cfg"));
    let ignored = attributes.iter().any(|line| line.starts_with("#[ignore"));
    (is_test || in_suite) && !ignored
}

/// First arguments of `test(` and `it(`; `test.skip(` is neither.
fn typescript_names(text: &str) -> Vec<&str> {
    let calls = ["test(", "it("]
        .into_iter()
        .flat_map(|call| text.match_indices(call));
    let mut titles: Vec<(usize, &str)> = calls
        .filter_map(|(at, call)| Some((at, title(text, at, call)?)))
        .collect();
    titles.sort_unstable();
    titles.into_iter().map(|(_, title)| title).collect()
}

fn title<'a>(text: &'a str, at: usize, call: &str) -> Option<&'a str> {
    let before = text.get(..at)?;
    let line = before.rsplit('\n').next()?.trim();
    if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.') || line.starts_with("//") {
        return None;
    }
    let argument = text.get(at + call.len()..)?.trim_start();
    let quote = argument.chars().next().filter(|c| ['"', '\'', '`'].contains(c))?;
    argument.get(1..)?.split(quote).next()
}

fn python_names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut skipped = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('@') {
            skipped |= line.contains("skip");
            continue;
        }
        let definition = line
            .strip_prefix("async ")
            .unwrap_or(line)
            .strip_prefix("def test_");
        if definition.is_some() && !skipped {
            names.extend(definition.and_then(|rest| rest.split('(').next()));
        }
        skipped &= line.is_empty() || line.starts_with('#');
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let tests = tests(&[SourceFile::new(path, text)]);
        tests
            .into_iter()
            .map(|test| format!("{} {}", test.numbers.join("+"), test.name))
            .collect()
    }

    #[test]
    fn numbers_are_read_from_the_start_of_a_name() {
        for (name, expected) in [
            ("r1_5_reuse", vec!["R1.5"]),
            ("r1_5_r3_4_reuse", vec!["R1.5", "R3.4"]),
            ("r12_10_far", vec!["R12.10"]),
            ("R1.5 R3.4: reuse", vec!["R1.5", "R3.4"]),
            ("R1.5", vec!["R1.5"]),
            ("r1_5x", vec![]),
            ("rotates_r1_5_", vec![]),
            ("r1_reuse", vec![]),
            ("R1_5", vec![]),
        ] {
            assert_eq!(numbers(name), expected, "{name}");
        }
    }

    #[test]
    fn rust_tests_are_found_with_any_test_attribute() {
        let text = "#[test]\nfn r1_5_one() {}\n\n/// Doc.\n#[tokio::test(flavor = \"multi_thread\")]\n#[expect(\n    a,\n    \
                    reason = \"b\"\n)]\nasync fn r1_6_two() {}\n";
        assert_eq!(
            found("crates/core/tests/it/a.rs", text),
            ["R1.5 r1_5_one", "R1.6 r1_6_two"]
        );
    }

    #[test]
    fn a_rust_function_that_no_test_runs_does_not_count() {
        let ignored = "#[test]\n#[ignore = \"slow\"]\nfn r1_5_one() {}\n";
        let plain = "#[test]\nfn other() {}\nfn r1_5_one() {}\n";
        let commented = "#[test]\n// fn r1_5_one() {}\nfn other() {}\n";
        let only_compiled = "#[cfg(test)]\nfn r1_5_one() {}\n";
        for text in [ignored, plain, commented, only_compiled] {
            assert!(found("crates/core/tests/it/a.rs", text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_case_of_the_behaviour_suite_counts_without_an_attribute() {
        let text = "pub async fn r1_3_suspension(store: &dyn Store) {}\n";
        assert_eq!(
            found("crates/testkit/src/suite/accounts.rs", text),
            ["R1.3 r1_3_suspension"]
        );
        assert!(found("crates/testkit/src/clock.rs", text).is_empty());
    }

    #[test]
    fn typescript_tests_are_found_by_their_title() {
        let text = "test(\"R1.2 renews\", () => {});\n  it(\n    'R3.6 keeps nothing',\n  );\ntest(`r2_7_states`, f);\n";
        let names = ["R1.2 R1.2 renews", "R3.6 R3.6 keeps nothing", "R2.7 r2_7_states"];
        assert_eq!(found("web/client/src/a.test.ts", text), names);
    }

    #[test]
    fn typescript_tests_that_do_not_run_do_not_count() {
        let text = "test.skip(\"R1.2 a\", f);\n// test(\"R1.2 b\", f);\nawait(\"R1.2 c\");\n";
        assert!(found("web/client/src/a.test.ts", text).is_empty());
    }

    #[test]
    fn python_tests_are_found_unless_skipped() {
        let text = "def test_r2_4_verifies(app):\n    pass\n\n@pytest.mark.skip\ndef test_r2_3_claims():\n    pass\n\n\
                    class A:\n    async def test_r1_3_refused(self):\n        pass\n";
        assert_eq!(
            found("sdk/python/tests/test_a.py", text),
            ["R2.4 r2_4_verifies", "R1.3 r1_3_refused"]
        );
    }

    #[test]
    fn this_tool_does_not_count_its_own_examples() {
        assert!(found("xtask/src/requirements/scan.rs", "#[test]\nfn r1_5_one() {}\n").is_empty());
    }
}
