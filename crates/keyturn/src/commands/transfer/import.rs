//! `keyturn user import`.

use std::time::Duration;

use keyturn_core::import::ImportRecord;
use keyturn_core::service::Importer;

use super::columns::Columns;
use super::format_of;
use super::rows::{Found, Rows};
use super::summary::{Progress, Refused, Summary, row_count};
use crate::adapters::background::go_behind;
use crate::cli::ImportArgs;
use crate::commands::output::{print, print_json};
use crate::config::{Config, StoreConfig};
use crate::failure::Failure;
use crate::wire;

/// How an import gives way to a server beside it.
#[derive(Clone, Copy)]
struct Pace {
    /// Rows in one transaction.
    rows: usize,
    /// Between two transactions.
    pause: Duration,
    /// Whether the server goes first wherever both want the processor. Not where this command holds a lock that the server waits for.
    behind: bool,
}

impl Pace {
    /// Its file has one lock for all who write: each transaction is over in a millisecond, and a server that waited has had its turn before the
    /// next one.
    const EMBEDDED: Self = Self {
        rows: 10,
        pause: Duration::from_micros(1_500),
        behind: false,
    };
    /// Nobody waits for an import but for the processor: smaller transactions take more of it altogether, and larger ones keep it from others for
    /// longer.
    const SHARED: Self = Self {
        rows: 16,
        pause: Duration::from_millis(4),
        behind: true,
    };

    fn of(store: &StoreConfig) -> Self {
        match store.url.expose() {
            Some(_) => Self::SHARED,
            None => Self::EMBEDDED,
        }
    }

    /// Waits, so that a server beside this command has its turn at the write lock and the processor.
    #[expect(
        clippy::disallowed_methods,
        reason = "there is no event to wait for: whether another process waits for the lock can't be seen"
    )]
    async fn give_way(self) {
        tokio::time::sleep(self.pause).await;
    }
}

pub(in crate::commands) async fn run(config: &Config, args: &ImportArgs) -> Result<(), Failure> {
    let format = format_of(args.format, &args.file)?;
    let rows = Rows::open(&args.file, format, Columns::of(&args.map)?)?;
    let pace = Pace::of(&config.store);
    if pace.behind {
        go_behind();
    }
    let importer = wire::importer(config, args.allow_admin, args.dry_run).await?;
    let mut import = Import {
        rows,
        importer,
        refused: Refused::to(args.refused.as_deref())?,
        progress: Progress::new(),
        pace,
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
    pace: Pace,
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
                self.pace.give_way().await;
            }
        }
    }

    /// The next rows, and whether they are the last.
    fn batch(&mut self) -> Result<(Vec<ImportRecord>, bool), Failure> {
        let mut batch = Vec::with_capacity(self.pace.rows);
        while batch.len() < self.pace.rows {
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
