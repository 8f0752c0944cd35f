//! Pages of lists, and what is asked for in them.
//!
//! **The rule**: a cursor says where the last page ended, not how far from the start: what is added or removed meanwhile moves nothing. It is
//! applied within the owner's tasks alone, so that a made-up one shows nobody else's.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::model::TaskId;

/// The next rows of a list, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page<C> {
    /// Rows behind this one; `None` for the first page.
    pub behind: Option<C>,
    /// At most this many.
    pub limit: u32,
}

/// Which live tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those that are done, or are not.
    pub completed: Option<bool>,
    /// Only those with this text in title or notes, in lower case.
    pub folded: Option<String>,
}

/// A place in the list of deleted tasks, which is in the order of their deletion.
///
/// As text: microseconds since 1970, a dot, the task's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeletedCursor {
    /// When the last one of the page was deleted.
    pub deleted_at: Timestamp,
    /// Its id.
    pub original_task_id: TaskId,
}

impl fmt::Display for DeletedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}",
            self.deleted_at.as_microsecond(),
            self.original_task_id
        )
    }
}

/// The text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list")]
pub struct NoCursor;

impl FromStr for DeletedCursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (micros, id) = text.split_once('.').ok_or(NoCursor)?;
        let micros = micros.parse().map_err(|_| NoCursor)?;
        Ok(Self {
            deleted_at: Timestamp::from_microsecond(micros).map_err(|_| NoCursor)?,
            original_task_id: id.parse().map_err(|_| NoCursor)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is_one() {
        let text = "1767225600000000.019b75a0-0000-7000-8000-000000000001";
        assert_eq!(text.parse::<DeletedCursor>().unwrap().to_string(), text);
        for wrong in [
            "",
            ".",
            "1.",
            "1",
            "x.019b75a0-0000-7000-8000-000000000001",
            "9999999999999999999.019b75a0-0000-7000-8000-000000000001",
            "999999999999999999.019b75a0-0000-7000-8000-000000000001",
        ] {
            assert_eq!(wrong.parse::<DeletedCursor>(), Err(NoCursor), "{wrong}");
        }
    }
}
