//! Which column of a file holds which field.

use std::collections::{BTreeMap, BTreeSet};

use keyturn_core::import::ImportField;

use crate::failure::Failure;

/// As many columns that are not taken over are named in the end.
const NAMED: usize = 20;

/// What was said with `--map`, and which columns were left.
#[derive(Debug, Default)]
pub(super) struct Columns {
    said: BTreeMap<ImportField, String>,
    left: BTreeSet<String>,
}

impl Columns {
    /// Reads `FIELD=COLUMN`, each field once.
    pub(super) fn of(map: &[String]) -> Result<Self, Failure> {
        let mut said = BTreeMap::new();
        for text in map {
            let (field, column) = text
                .split_once('=')
                .filter(|(_, column)| !column.is_empty())
                .ok_or_else(|| Failure::Usage(format!("`--map {text}` is not of the form FIELD=COLUMN")))?;
            let field = ImportField::named(field).ok_or_else(|| {
                let names = ImportField::ALL.map(ImportField::name).join(", ");
                Failure::Usage(format!("`{field}` is no field of an account: use one of {names}"))
            })?;
            if said.insert(field, column.to_owned()).is_some() {
                return Err(Failure::Usage(format!("--map names {} twice", field.name())));
            }
        }
        Ok(Self {
            said,
            left: BTreeSet::new(),
        })
    }

    /// The field that this column holds. One that holds none is remembered.
    pub(super) fn field(&mut self, column: &str) -> Option<ImportField> {
        let said = self.said.iter().find(|(_, named)| *named == column);
        let by_name = || ImportField::of_column(column).filter(|field| !self.said.contains_key(field));
        let field = said.map(|(field, _)| *field).or_else(by_name);
        if field.is_none() && self.left.len() < NAMED && !self.left.contains(column) {
            self.left.insert(column.to_owned());
        }
        field
    }

    /// The fields of a header, each from one column; every column that was said is there, and so is the id.
    pub(super) fn of_header<'a>(
        &mut self,
        header: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<Option<ImportField>>, Failure> {
        let names: Vec<&str> = header.collect();
        let fields: Vec<_> = names.iter().map(|name| self.field(name)).collect();
        for (field, column) in &self.said {
            if !names.contains(&column.as_str()) {
                let known = names.join(", ");
                let field = field.name();
                return Err(Failure::Usage(format!(
                    "--map {field}={column}: the file has no such column; it has {known}"
                )));
            }
        }
        for field in ImportField::ALL {
            let holding = fields
                .iter()
                .zip(&names)
                .filter(|(held, _)| **held == Some(field));
            let holding: Vec<&str> = holding.map(|(_, name)| *name).collect();
            let field = field.name();
            if holding.len() > 1 {
                let columns = holding.join(" and ");
                return Err(Failure::Usage(format!(
                    "{columns} would both be the {field}: say which with --map {field}=COLUMN"
                )));
            }
            if holding.is_empty() && field == ImportField::Id.name() {
                return Err(Failure::Usage(
                    "no column is the id by which applications know a person: say which with --map id=COLUMN"
                        .to_owned(),
                ));
            }
        }
        Ok(fields)
    }

    /// The columns that hold no field, at most some of them.
    pub(super) fn left(&self) -> impl Iterator<Item = &str> {
        self.left.iter().map(String::as_str)
    }
}
