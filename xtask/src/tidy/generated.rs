//! Generated files: what is committed is what the program prints today.
//!
//! `KEYTURN_BIN` names a binary that was built already; without it cargo builds and runs one. A file whose crate is not in the
//! workspace yet is left alone.

use std::path::Path;
use std::process::Command;

use anyhow::Context;

use super::edges::Metadata;
use crate::finding::Finding;
use crate::tree::SourceFile;

/// A committed file and the command that prints it.
struct Generated {
    file: &'static str,
    package: &'static str,
    arguments: &'static [&'static str],
}

const GENERATED: &[Generated] = &[
    Generated {
        file: "web/openapi.json",
        package: "keyturn",
        arguments: &["openapi"],
    },
    Generated {
        file: "docs/settings.md",
        package: "keyturn",
        arguments: &["config", "reference"],
    },
    Generated {
        file: "docs/reasons.md",
        package: "keyturn",
        arguments: &["reasons"],
    },
    Generated {
        file: "docs/problems.md",
        package: "keyturn",
        arguments: &["problems"],
    },
];

impl Generated {
    fn command_line(&self) -> String {
        format!("cargo run -q -p {} -- {}", self.package, self.arguments.join(" "))
    }
}

/// Every generated file that is missing or stale.
pub(crate) fn check(root: &Path, metadata: &Metadata, files: &[SourceFile]) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for generated in GENERATED {
        if metadata
            .packages
            .iter()
            .any(|package| package.name == generated.package)
        {
            let committed = files.iter().find(|file| file.path == generated.file);
            findings.extend(compare(generated, committed, print(root, generated)?));
        }
    }
    Ok(findings)
}

/// What the program prints, or its complaint where it fails.
fn print(root: &Path, generated: &Generated) -> anyhow::Result<Result<String, String>> {
    let mut command = match std::env::var_os("KEYTURN_BIN").filter(|path| !path.is_empty()) {
        Some(binary) => Command::new(binary),
        None => {
            let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.args(["run", "-q", "-p", generated.package, "--"]);
            cargo
        }
    };
    command.args(generated.arguments).current_dir(root);
    let output = command.output().with_context(|| format!("running {command:?}"))?;
    if !output.status.success() {
        return Ok(Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(Ok(
        String::from_utf8(output.stdout).context("what the program printed is not UTF-8")?
    ))
}

fn compare(
    generated: &Generated,
    committed: Option<&SourceFile>,
    printed: Result<String, String>,
) -> Option<Finding> {
    let command = generated.command_line();
    let printed = match printed {
        Ok(printed) if printed.trim().is_empty() => {
            return Some(Finding::new(
                generated.file,
                format!("`{command}` prints nothing"),
                "make it print the file",
            ));
        }
        Ok(printed) => printed,
        Err(complaint) => {
            let wrong = format!("can't be compared, `{command}` fails: {complaint}");
            return Some(Finding::new(generated.file, wrong, "make the command work"));
        }
    };
    let wrong = match committed {
        None => "is missing",
        Some(file) if file.text.trim_end() != printed.trim_end() => "is stale",
        Some(_) => return None,
    };
    Some(Finding::new(
        generated.file,
        wrong,
        format!("{command} > {}", generated.file),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: Generated = Generated {
        file: "web/a.json",
        package: "keyturn",
        arguments: &["a"],
    };

    fn wrong(committed: Option<&str>, printed: Result<&str, &str>) -> Option<String> {
        let committed = committed.map(|text| SourceFile::new(EXAMPLE.file, text));
        let printed = printed.map(str::to_owned).map_err(str::to_owned);
        compare(&EXAMPLE, committed.as_ref(), printed).map(|finding| finding.wrong)
    }

    #[test]
    fn a_fresh_file_passes_whatever_its_last_newline() {
        assert_eq!(wrong(Some("{}\n"), Ok("{}")), None);
    }

    #[test]
    fn a_stale_or_missing_file_fails() {
        assert_eq!(wrong(Some("{}"), Ok("{\"a\":1}")).as_deref(), Some("is stale"));
        assert_eq!(wrong(None, Ok("{}")).as_deref(), Some("is missing"));
    }

    #[test]
    fn a_command_that_fails_or_prints_nothing_is_a_finding_and_never_a_pass() {
        assert!(wrong(Some(""), Ok("")).unwrap().contains("prints nothing"));
        assert!(
            wrong(Some("{}"), Err("no such command"))
                .unwrap()
                .contains("no such command")
        );
    }

    #[test]
    fn a_crate_that_is_not_in_the_workspace_yet_is_left_alone() {
        let nothing = Metadata { packages: Vec::new() };
        assert_eq!(check(Path::new("."), &nothing, &[]).unwrap(), []);
    }
}
