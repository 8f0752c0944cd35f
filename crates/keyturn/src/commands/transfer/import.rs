//! `keyturn user import`.

use keyturn_core::import::ImportRecord;
use keyturn_core::service::Importer;

use super::columns::Columns;
use super::format_of;
use super::rows::{Found, Rows};
use super::summary::{Progress, Refused, Summary, row_count};
use crate::adapters::pause;
use crate::cli::ImportArgs;
use crate::commands::output::{print, print_json};
use crate::config::Config;
use crate::failure::Failure;
use crate::wire;

/// Rows in one transaction: few, so that it is over in a few milliseconds. SQLite has one lock for all writers; on PostgreSQL nobody waits
/// for an import, but what it does at one go keeps the processor from others.
const BATCH: usize = 40;

pub(in crate::commands) async fn run(config: &Config, args: &ImportArgs) -> Result<(), Failure> {
    let format = format_of(args.format, &args.file)?;
    let rows = Rows::open(&args.file, format, Columns::of(&args.map)?)?;
    let importer = wire::importer(config, args.allow_admin, args.dry_run).await?;
    let mut import = Import {
        rows,
        importer,
        refused: Refused::to(args.refused.as_deref())?,
        progress: Progress::new(),
        summary: Summary {
            dry_run: args.dry_run,
            ..Summary::default()
        },
    };
    let ended = import.take_all().await;
    import.progress.clear();
    let summary = import.finish()?;
    if args.output.json {
        print_json(&summary)?;
    } else {
        print(&summary.text())?;
    }
    ended?;
    match summary.refused {
        0 => Ok(()),
        refused => Err(Failure::Refused(format!(
            "{} refused: mend them and import the file again; what is here already is passed over",
            row_count(refused)
        ))),
    }
}

/// An import under way.
struct Import {
    rows: Rows,
    importer: Importer,
    refused: Refused,
    progress: Progress,
    summary: Summary,
}

impl Import {
    async fn take_all(&mut self) -> Result<(), Failure> {
        loop {
            let (batch, at_end) = self.batch()?;
            if !batch.is_empty() {
                self.take(&batch).await?;
            }
            if at_end {
                return Ok(());
            }
            if !self.summary.dry_run {
                pause::for_others().await;
            }
        }
    }

    /// The next rows, and whether they are the last.
    fn batch(&mut self) -> Result<(Vec<ImportRecord>, bool), Failure> {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            match self.rows.next()? {
                Some(Found::Row(record)) => batch.push(record),
                Some(Found::Broken { line, reason }) => {
                    self.summary.rows += 1;
                    self.summary.refused += 1;
                    self.progress.clear();
                    self.refused.tell(line, None, reason)?;
                }
                None => return Ok((batch, true)),
            }
        }
        Ok((batch, false))
    }

    async fn take(&mut self, batch: &[ImportRecord]) -> Result<(), Failure> {
        for outcome in self.importer.take(batch).await? {
            if let Some(reason) = self.summary.count(&outcome) {
                self.progress.clear();
                self.refused
                    .tell(outcome.line, outcome.subject.as_deref(), &reason)?;
            }
        }
        self.progress.show(self.summary.rows, self.rows.percent());
        Ok(())
    }

    fn finish(mut self) -> Result<Summary, Failure> {
        self.summary.ignored_columns = self.rows.left().map(str::to_owned).collect();
        self.refused.finish()?;
        Ok(self.summary)
    }
}
