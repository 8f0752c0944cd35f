//! Stores: the engines lie side by side in the same files, and migrations are counted without gaps.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Finding;
use crate::tree::SourceFile;

const SQLITE: &str = "crates/store/src/sqlite/";
const POSTGRES: &str = "crates/store/src/postgres/";

/// What only one engine has, and why: a file can be copied while it is in use and filled in bulk to measure it, a server has tools of its
/// own for both; a server has an address and time limits, its hot statements take many commands at once over a link of their own, a transaction's go there and back together, and it plans them by
/// what it knows of the tables.
const OF_ONE_ENGINE: [&str; 7] = [
    "backup.rs",
    "bulk.rs",
    "options.rs",
    "hot.rs",
    "link.rs",
    "work.rs",
    "plans.rs",
];

/// Every file that one engine has and the other lacks, and every break in the numbers of migrations.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = one_sided(&below(files, SQLITE), &below(files, POSTGRES), [SQLITE, POSTGRES]);
    let sets = migration_sets(files);
    for (folder, names) in &sets {
        findings.extend(check_numbers(folder, names));
    }
    findings.extend(check_engines(&sets));
    findings
}

fn below(files: &[SourceFile], folder: &str) -> BTreeSet<String> {
    files
        .iter()
        .filter_map(|file| file.path.strip_prefix(folder))
        .filter(|name| !OF_ONE_ENGINE.contains(name))
        .map(str::to_owned)
        .collect()
}

/// Names on one side only, once both sides exist.
fn one_sided(left: &BTreeSet<String>, right: &BTreeSet<String>, folders: [&str; 2]) -> Vec<Finding> {
    if left.is_empty() || right.is_empty() {
        return Vec::new();
    }
    let [left_folder, right_folder] = folders;
    let lacking = |name: &String, has: &str, lacks: &str| {
        let remedy = format!("give {lacks} the same file, so that the two engines can be read side by side");
        Finding::new(
            format!("{has}{name}"),
            format!("{lacks} has no such file"),
            remedy,
        )
    };
    let only_left = left
        .difference(right)
        .map(|name| lacking(name, left_folder, right_folder));
    let only_right = right
        .difference(left)
        .map(|name| lacking(name, right_folder, left_folder));
    only_left.chain(only_right).collect()
}

/// The names of the migrations, by folder: `…/migrations/<engine>/`.
fn migration_sets(files: &[SourceFile]) -> BTreeMap<String, BTreeSet<String>> {
    let mut sets: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let Some((folder, name)) = file.path.rsplit_once('/') else {
            continue;
        };
        let in_set = folder
            .rsplit_once('/')
            .is_some_and(|(parent, _)| parent.ends_with("/migrations"));
        if in_set {
            sets.entry(format!("{folder}/"))
                .or_default()
                .insert(name.to_owned());
        }
    }
    sets
}

fn check_numbers(folder: &str, names: &BTreeSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut numbered: Vec<(u32, &String)> = Vec::new();
    for name in names {
        match number(name) {
            Some(number) => numbered.push((number, name)),
            None => findings.push(Finding::new(
                format!("{folder}{name}"),
                "not named as a migration",
                "name it V<number>__<what_it_does>.sql",
            )),
        }
    }
    numbered.sort_unstable();
    for (expected, (number, name)) in (1u32..).zip(numbered) {
        if number != expected {
            let wrong = format!("has number {number} where {expected} comes next");
            findings.push(Finding::new(
                format!("{folder}{name}"),
                wrong,
                "number migrations 1, 2, 3 … without gaps; never renumber one that was released",
            ));
            break;
        }
    }
    findings
}

fn number(name: &str) -> Option<u32> {
    let (number, what) = name.strip_prefix('V')?.strip_suffix(".sql")?.split_once("__")?;
    (!what.is_empty()).then_some(())?;
    number.parse().ok()
}

/// Engines of one set carry the same migrations, number by number and name by name.
fn check_engines(sets: &BTreeMap<String, BTreeSet<String>>) -> Vec<Finding> {
    let pairs = sets.iter().filter_map(|(folder, names)| {
        let other = format!("{}postgres/", folder.strip_suffix("sqlite/")?);
        let (other, other_names) = sets.get_key_value(&other)?;
        Some(one_sided(names, other_names, [folder, other]))
    });
    pairs.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(paths: &[&str]) -> Vec<String> {
        let files: Vec<SourceFile> = paths.iter().map(|path| SourceFile::new(path, "")).collect();
        check(&files)
            .into_iter()
            .map(|finding| format!("{}: {}", finding.place, finding.wrong))
            .collect()
    }

    #[test]
    fn one_engine_alone_passes() {
        assert!(found(&["crates/store/src/sqlite/writer.rs"]).is_empty());
    }

    #[test]
    fn a_file_that_one_engine_lacks_fails_on_either_side() {
        let both = ["crates/store/src/sqlite/a.rs", "crates/store/src/postgres/a.rs"];
        assert!(found(&both).is_empty());
        assert_eq!(
            found(&[&both[..], &["crates/store/src/sqlite/b.rs"]].concat()),
            ["crates/store/src/sqlite/b.rs: crates/store/src/postgres/ has no such file"]
        );
        assert_eq!(
            found(&[&both[..], &["crates/store/src/postgres/c.rs"]].concat()),
            ["crates/store/src/postgres/c.rs: crates/store/src/sqlite/ has no such file"]
        );
    }

    #[test]
    fn what_only_one_engine_has_is_no_gap() {
        let files = [
            "crates/store/src/sqlite/backup.rs",
            "crates/store/src/postgres/hot.rs",
        ];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn migrations_count_from_one_without_gaps_or_doubles() {
        let sqlite = |name: &str| format!("crates/store/migrations/sqlite/{name}");
        let check = |names: &[&str]| {
            let paths: Vec<String> = names.iter().map(|name| sqlite(name)).collect();
            found(&paths.iter().map(String::as_str).collect::<Vec<_>>())
        };
        assert!(check(&["V1__a.sql", "V2__b.sql"]).is_empty());
        assert_eq!(
            check(&["V1__a.sql", "V3__c.sql"]),
            [sqlite("V3__c.sql: has number 3 where 2 comes next")]
        );
        assert_eq!(
            check(&["V2__b.sql"]),
            [sqlite("V2__b.sql: has number 2 where 1 comes next")]
        );
        assert_eq!(
            check(&["V1__a.sql", "V1__b.sql"]),
            [sqlite("V1__b.sql: has number 1 where 2 comes next")]
        );
    }

    #[test]
    fn migrations_are_ordered_by_number_and_not_by_name() {
        let paths: Vec<String> = (1..=11)
            .map(|number| format!("crates/store/migrations/sqlite/V{number}__a.sql"))
            .collect();
        assert!(found(&paths.iter().map(String::as_str).collect::<Vec<_>>()).is_empty());
    }

    #[test]
    fn a_file_among_the_migrations_that_is_none_fails() {
        for name in ["notes.md", "V1_a.sql", "Vx__a.sql", "V1__.sql"] {
            let place = format!("crates/store/migrations/sqlite/{name}");
            assert_eq!(found(&[&place]), [format!("{place}: not named as a migration")]);
        }
    }

    #[test]
    fn engines_carry_the_same_migrations() {
        let paths = [
            "crates/store/migrations/sqlite/V1__a.sql",
            "crates/store/migrations/sqlite/V2__b.sql",
            "crates/store/migrations/postgres/V1__a.sql",
        ];
        let wrong =
            "crates/store/migrations/sqlite/V2__b.sql: crates/store/migrations/postgres/ has no such file";
        assert_eq!(found(&paths), [wrong]);
    }
}
