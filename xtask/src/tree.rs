//! The files of the repository, as git would commit them.
//!
//! Where git can't say (an unpacked archive), the folder is walked, without what is built or fetched.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

const NEVER_OURS: &[&str] = &[".git", "target", "node_modules", "dist", "keyturn-data"];

/// One file: its path from the root of the repository, with `/`, and its text (empty where it is not UTF-8).
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    /// A file as a test writes it down.
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The part of the name after the last dot.
    pub(crate) fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

/// All files that are tracked, or new and not ignored, ordered by path.
pub(crate) fn read(root: &Path) -> anyhow::Result<Vec<SourceFile>> {
    let mut paths = match tracked(root) {
        Some(paths) if !paths.is_empty() => paths,
        _ => walked(root)?,
    };
    paths.sort();
    paths.dedup();
    let present = paths.into_iter().filter(|path| root.join(path).is_file());
    present.map(|path| read_one(root, path)).collect()
}

fn read_one(root: &Path, path: String) -> anyhow::Result<SourceFile> {
    let bytes = fs::read(root.join(&path)).with_context(|| format!("reading {path}"))?;
    Ok(SourceFile {
        path,
        text: String::from_utf8(bytes).unwrap_or_default(),
    })
}

fn tracked(root: &Path) -> Option<Vec<String>> {
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let listing = String::from_utf8(listing.stdout).ok()?;
    Some(
        listing
            .split('\0')
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect(),
    )
}

fn walked(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("listing {}", folder.display()))? {
            let entry = entry?;
            if NEVER_OURS.iter().any(|name| entry.file_name() == *name) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if let Some(path) = entry.path().strip_prefix(root)?.to_str() {
                found.push(path.replace('\\', "/"));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_git_the_folder_is_walked_and_what_is_built_is_left_out() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = walked(here).unwrap();
        assert!(found.contains(&"src/tree.rs".to_owned()));
        assert!(!found.iter().any(|path| path.starts_with("target/")));
    }

    #[test]
    fn the_extension_is_what_follows_the_last_dot() {
        assert_eq!(SourceFile::new("web/ui/a.test.ts", "").extension(), "ts");
        assert_eq!(SourceFile::new("Makefile", "").extension(), "");
    }
}
