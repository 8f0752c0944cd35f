//! `cargo xtask tidy`: what ARCHITECTURE.md promises about the layout, checked.

mod edges;
mod excerpts;
mod files;
mod generated;
mod named_tests;
mod stores;
mod text;

use std::path::Path;

use crate::finding::Finding;
use crate::tree;

/// Runs every check and answers all findings, ordered by place.
pub(crate) fn run(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let files = tree::read(root)?;
    let metadata = edges::metadata(root)?;
    let mut findings = edges::check(&metadata);
    findings.extend(files::check(&files));
    findings.extend(text::check(&files));
    findings.extend(stores::check(&files));
    findings.extend(named_tests::check(&files));
    findings.extend(excerpts::check(&files));
    findings.extend(generated::check(root, &metadata, &files)?);
    findings.sort();
    Ok(findings)
}
