//! Reading a file of accounts row by row. What is no row at all is one outcome among others: the rows after it are read all the same.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, StringRecord};
use keyturn_core::import::{ImportField, ImportRecord};
use serde_json::{Map, Value};

use super::columns::Columns;
use super::is_standard;
use crate::cli::TransferFormat;
use crate::failure::Failure;

/// The longest line of JSON, in bytes.
const LINE_MAX: u64 = 1024 * 1024;

/// A row, or the place of something that is none.
pub(super) enum Found {
    Row(ImportRecord),
    Broken { line: u64, reason: &'static str },
}

/// The rows of a file.
pub(super) struct Rows {
    source: Source,
    columns: Columns,
    progress: Arc<AtomicU64>,
    size: Option<u64>,
}

enum Source {
    Csv {
        reader: Box<csv::Reader<Counted>>,
        fields: Vec<Option<ImportField>>,
    },
    Jsonl {
        reader: BufReader<Counted>,
        line: u64,
    },
}

impl Rows {
    /// Opens the file and reads its header.
    pub(super) fn open(path: &Path, format: TransferFormat, mut columns: Columns) -> Result<Self, Failure> {
        let progress = Arc::new(AtomicU64::new(0));
        let (inner, size): (Box<dyn Read>, _) = if is_standard(path) {
            (Box::new(io::stdin()), None)
        } else {
            let file = File::open(path).map_err(|error| unreadable(path, &error))?;
            let size = file.metadata().map_err(|error| unreadable(path, &error))?.len();
            (Box::new(file), Some(size))
        };
        let counted = Counted {
            inner,
            read: Arc::clone(&progress),
        };
        let source = match format {
            TransferFormat::Csv => open_csv(counted, &mut columns, path)?,
            TransferFormat::Jsonl => Source::Jsonl {
                reader: BufReader::new(counted),
                line: 0,
            },
        };
        Ok(Self {
            source,
            columns,
            progress,
            size,
        })
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Found>, Failure> {
        match &mut self.source {
            Source::Csv { reader, fields } => next_of_csv(reader, fields),
            Source::Jsonl { reader, line } => next_of_jsonl(reader, line, &mut self.columns),
        }
    }

    /// How much of the file is read, in hundredths, where its size is known.
    pub(super) fn percent(&self) -> Option<u64> {
        let read = self.progress.load(Ordering::Relaxed);
        self.size
            .map(|size| (100 * read).checked_div(size).unwrap_or(100).min(100))
    }

    /// Columns that hold no field.
    pub(super) fn left(&self) -> impl Iterator<Item = &str> {
        self.columns.left()
    }
}

/// Counts what is read from it.
struct Counted {
    inner: Box<dyn Read>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read
            .fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}

fn open_csv(counted: Counted, columns: &mut Columns, path: &Path) -> Result<Source, Failure> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(counted);
    let header = reader
        .headers()
        .map_err(|error| unreadable(path, &error))?
        .clone();
    if header.is_empty() {
        return Err(Failure::Refused(format!(
            "{} is empty: the first line has to name the columns",
            path.display()
        )));
    }
    let fields = columns.of_header(header.iter())?;
    Ok(Source::Csv {
        reader: Box::new(reader),
        fields,
    })
}

fn next_of_csv(
    reader: &mut csv::Reader<Counted>,
    fields: &[Option<ImportField>],
) -> Result<Option<Found>, Failure> {
    let mut bytes = ByteRecord::new();
    let more = reader.read_byte_record(&mut bytes);
    if !more.map_err(|error| Failure::Unavailable(format!("cannot read on: {error}")))? {
        return Ok(None);
    }
    let line = bytes.position().map_or(0, csv::Position::line);
    let broken = |reason| Ok(Some(Found::Broken { line, reason }));
    let Ok(record) = StringRecord::from_byte_record(bytes) else {
        return broken("the row is not UTF-8");
    };
    if record.len() != fields.len() {
        return broken("the row has not as many columns as the first line");
    }
    let held = fields.iter().zip(&record);
    let fields = held.filter_map(|(field, cell)| Some(((*field)?, Value::from(cell))));
    Ok(Some(Found::Row(ImportRecord {
        line,
        fields: fields.collect(),
    })))
}

fn next_of_jsonl(
    reader: &mut BufReader<Counted>,
    line: &mut u64,
    columns: &mut Columns,
) -> Result<Option<Found>, Failure> {
    let unreadable = |error| Failure::Unavailable(format!("cannot read on: {error}"));
    loop {
        let mut bytes = Vec::new();
        let read = reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut bytes);
        if read.map_err(unreadable)? == 0 {
            return Ok(None);
        }
        *line += 1;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) == LINE_MAX && !bytes.ends_with(b"\n") {
            reader.skip_until(b'\n').map_err(unreadable)?;
            return Ok(Some(Found::Broken {
                line: *line,
                reason: "the line has more than 1 MiB",
            }));
        }
        // A byte order mark before the first one.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        return Ok(Some(of_object(bytes, *line, columns)));
    }
}

fn of_object(bytes: &[u8], line: u64, columns: &mut Columns) -> Found {
    let broken = |reason| Found::Broken { line, reason };
    let Ok(object) = serde_json::from_slice::<Map<String, Value>>(bytes) else {
        return broken("the line is not one JSON object");
    };
    let mut fields = BTreeMap::new();
    for (name, value) in object {
        if let Some(field) = columns.field(&name)
            && fields.insert(field, value).is_some()
        {
            return broken("two members of the object hold the same field: say which with --map");
        }
    }
    Found::Row(ImportRecord { line, fields })
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::Refused(format!("cannot read {}: {error}", path.display()))
}
