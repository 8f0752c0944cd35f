//! `keyturn user export`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use keyturn_core::import::ImportField;
use keyturn_core::model::{AuditEvent, AuditKind, EmailAddress, Origin, Username};
use keyturn_core::ports::{Clock, Store, StoredUser};
use keyturn_store::OpenMode;
use serde_json::{Map, Value, json};

use super::{format_of, is_standard, make, unwritable};
use crate::cli::{ExportArgs, TransferFormat};
use crate::config::Config;
use crate::failure::Failure;
use crate::wire::store::{self, Clocks, Hearers};

/// Accounts read at once.
const PAGE: u32 = 500;

/// What an account is written with, in this order.
const FIELDS: [ImportField; 9] = [
    ImportField::Id,
    ImportField::Email,
    ImportField::Username,
    ImportField::Name,
    ImportField::State,
    ImportField::Permissions,
    ImportField::Metadata,
    ImportField::CreatedAt,
    ImportField::LastLogin,
];

pub(in crate::commands) async fn run(config: &Config, args: &ExportArgs) -> Result<(), Failure> {
    let format = format_of(args.format, &args.file)?;
    if args.hashes && is_standard(&args.file) {
        return Err(Failure::Usage(
            "password hashes go into a file that its owner alone can read: name one".to_owned(),
        ));
    }
    let clocks = Clocks::of(&config.store);
    let store = store::open(config, OpenMode::Existing, Hearers::default(), &clocks).await?;
    let mut output = Output::open(&args.file, format, args.hashes)?;
    // Before anything has left: who reads out everybody's hashes is known.
    store.record_audit(audit(args.hashes, &*clocks.time)).await?;
    let written = write_all(&*store, &mut output).await?;
    output.finish()?;
    eprintln!("{written} accounts written");
    Ok(())
}

fn audit(hashes: bool, clock: &dyn Clock) -> AuditEvent {
    let detail = if hashes {
        "with password hashes"
    } else {
        "without password hashes"
    };
    AuditEvent {
        at: clock.now(),
        kind: AuditKind::UsersExported,
        user_id: None,
        session_id: None,
        detail: detail.to_owned(),
        origin: Origin::COMMAND_LINE,
    }
}

async fn write_all(store: &dyn Store, output: &mut Output<'_>) -> Result<u64, Failure> {
    let (mut last, mut written) = (None, 0);
    loop {
        let page = store.stored_users(last, PAGE).await?;
        let Some(newest) = page.last() else {
            return Ok(written);
        };
        last = Some(newest.user.account.id);
        for stored in &page {
            output.write(stored)?;
            written += 1;
        }
    }
}

/// The file that is being written.
struct Output<'a> {
    path: &'a Path,
    sink: Sink,
    hashes: bool,
}

enum Sink {
    Csv(Box<csv::Writer<Box<dyn Write>>>),
    Jsonl(Box<dyn Write>),
}

impl<'a> Output<'a> {
    fn open(path: &'a Path, format: TransferFormat, hashes: bool) -> Result<Self, Failure> {
        let inner: Box<dyn Write> = if is_standard(path) {
            Box::new(BufWriter::new(io::stdout()))
        } else {
            Box::new(BufWriter::new(make(path)?))
        };
        let mut output = Self {
            path,
            sink: match format {
                TransferFormat::Csv => Sink::Csv(Box::new(csv::Writer::from_writer(inner))),
                TransferFormat::Jsonl => Sink::Jsonl(inner),
            },
            hashes,
        };
        output.write_header()?;
        Ok(output)
    }

    fn fields(&self) -> impl Iterator<Item = ImportField> + use<> {
        let hash = self.hashes.then_some(ImportField::PasswordHash);
        FIELDS.into_iter().chain(hash)
    }

    fn write_header(&mut self) -> Result<(), Failure> {
        let names: Vec<&str> = self.fields().map(ImportField::name).collect();
        match &mut self.sink {
            Sink::Csv(writer) => writer
                .write_record(names)
                .map_err(|error| unwritable(self.path, &error)),
            Sink::Jsonl(_) => Ok(()),
        }
    }

    fn write(&mut self, stored: &StoredUser) -> Result<(), Failure> {
        let values = self.fields().map(|field| (field, value(stored, field)));
        let values: Vec<(ImportField, Value)> = values.collect();
        match &mut self.sink {
            Sink::Csv(writer) => writer
                .write_record(values.iter().map(|(_, value)| cell(value)))
                .map_err(|error| unwritable(self.path, &error)),
            Sink::Jsonl(writer) => {
                let object = values
                    .into_iter()
                    .map(|(field, value)| (field.name().to_owned(), value));
                let object = Value::Object(object.collect::<Map<_, _>>());
                writeln!(writer, "{object}").map_err(|error| unwritable(self.path, &error))
            }
        }
    }

    /// What is told as written is on the disk.
    fn finish(self) -> Result<(), Failure> {
        let mut inner = match self.sink {
            Sink::Csv(writer) => writer
                .into_inner()
                .map_err(|error| unwritable(self.path, &error.into_error()))?,
            Sink::Jsonl(writer) => writer,
        };
        inner.flush().map_err(|error| unwritable(self.path, &error))?;
        if is_standard(self.path) {
            return Ok(());
        }
        File::open(self.path)
            .and_then(|file| file.sync_all())
            .map_err(|error| unwritable(self.path, &error))
    }
}

fn value(stored: &StoredUser, field: ImportField) -> Value {
    let (user, account) = (&stored.user, &stored.user.account);
    match field {
        ImportField::Id => json!(account.subject),
        ImportField::Email => json!(account.email.as_ref().map(EmailAddress::as_given)),
        ImportField::Username => json!(account.username.as_ref().map(Username::as_given)),
        ImportField::Name => json!(user.name),
        ImportField::State => json!(account.state.as_str()),
        ImportField::IsActive => json!(account.state.is_active()),
        ImportField::Permissions => json!(account.permissions),
        ImportField::Metadata => user.metadata.clone(),
        ImportField::CreatedAt => json!(user.created_at.to_string()),
        ImportField::LastLogin => json!(user.last_login_at.map(|at| at.to_string())),
        ImportField::PasswordHash => json!(stored.password_hash.as_str()),
    }
}

/// A null is an empty cell; a list and an object are JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
