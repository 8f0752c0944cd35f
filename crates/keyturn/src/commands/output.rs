//! Printing results: text in columns for people, JSON for scripts. A reader that closes the pipe is no error.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use crate::failure::Failure;

/// Writes lines to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write(text)?;
    write("\n")
}

/// Writes a text as it is to standard output.
pub(crate) fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Unavailable(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Writes a value as JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::Fault(error.to_string()))?;
    print(&text)
}

/// So many of these, in words: `1 session`, `2 sessions`.
pub(crate) fn counted(count: u64, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}

/// Lays rows out in columns; control characters (a user agent may hold some) are shown as `?`.
pub(crate) fn columns(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(|&title| title.to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&header).chain(rows).collect();
    let width = |column: usize| {
        all.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let lines = all.iter().map(|row| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let clean: String = cell
                .chars()
                .map(|c| if c.is_control() { '?' } else { c })
                .collect();
            format!("{clean:<width$}", width = width(column).unwrap_or(0))
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}
