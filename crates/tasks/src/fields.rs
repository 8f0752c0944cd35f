//! What a task may be made of, and how it changes.
//!
//! **The rule**: these are pure functions; what is refused says which field, and what to do. Text is kept as it came, but for blanks around
//! a title.

use jiff::Timestamp;

use crate::model::{Task, TaskId};

/// The longest title, in characters.
pub(crate) const TITLE_MAX: usize = 200;

/// The longest notes, in characters.
pub(crate) const NOTES_MAX: usize = 10_000;

/// A field that can't be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// Its name in the request.
    pub(crate) field: &'static str,
    /// What to do, for the person.
    pub(crate) message: String,
}

/// A task as it is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) notes: String,
    pub(crate) completed: bool,
    pub(crate) due_at: Option<Timestamp>,
}

/// What is to be another in a task; `None` stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) title: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) completed: Option<bool>,
    pub(crate) due_at: Option<Option<Timestamp>>,
}

impl Draft {
    /// The task.
    ///
    /// # Errors
    /// Every field that can't be accepted.
    pub(crate) fn into_task(self, id: TaskId, now: Timestamp) -> Result<Task, Vec<FieldError>> {
        let due_at = self.due_at.map(whole_micros);
        let checked = (title(&self.title), notes(&self.notes), due(due_at));
        let (Ok(title), Ok(()), Ok(())) = &checked else {
            return Err([checked.0.err(), checked.1.err(), checked.2.err()]
                .into_iter()
                .flatten()
                .collect());
        };
        Ok(Task {
            id,
            title: (*title).to_owned(),
            notes: self.notes,
            completed: self.completed,
            due_at,
            created_at: now,
            updated_at: now,
            version: 1,
        })
    }
}

impl Change {
    /// The task with this change; of the same version where nothing becomes another.
    ///
    /// # Errors
    /// Every field that can't be accepted.
    pub(crate) fn applied_to(self, task: &Task, now: Timestamp) -> Result<Task, Vec<FieldError>> {
        let draft = Draft {
            title: self.title.unwrap_or_else(|| task.title.clone()),
            notes: self.notes.unwrap_or_else(|| task.notes.clone()),
            completed: self.completed.unwrap_or(task.completed),
            due_at: self.due_at.unwrap_or(task.due_at),
        };
        let changed = Task {
            created_at: task.created_at,
            updated_at: task.updated_at,
            version: task.version,
            ..draft.into_task(task.id, now)?
        };
        if changed == *task {
            return Ok(changed);
        }
        Ok(Task {
            updated_at: now.max(task.updated_at),
            version: task.version.saturating_add(1),
            ..changed
        })
    }
}

fn title(text: &str) -> Result<&str, FieldError> {
    let text = text.trim();
    let fits = (1..=TITLE_MAX).contains(&text.chars().count());
    if fits && !text.contains(char::is_control) {
        return Ok(text);
    }
    Err(FieldError {
        field: "title",
        message: format!("Write 1 to {TITLE_MAX} characters in one line."),
    })
}

fn notes(text: &str) -> Result<(), FieldError> {
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().count() <= NOTES_MAX && !text.contains(is_odd) {
        return Ok(());
    }
    Err(FieldError {
        field: "notes",
        message: format!(
            "Write at most {NOTES_MAX} characters, without control characters but line ends and tabs."
        ),
    })
}

fn due(at: Option<Timestamp>) -> Result<(), FieldError> {
    if at.is_none_or(|at| at >= Timestamp::UNIX_EPOCH) {
        return Ok(());
    }
    Err(FieldError {
        field: "due_at",
        message: "Name a time of 1970 or later.".to_owned(),
    })
}

/// What a store can give back as it was.
fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ID: TaskId = TaskId(Uuid::nil());

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn refused(draft: Draft) -> Vec<&'static str> {
        let refused = draft.into_task(ID, at(1)).err().unwrap_or_default();
        refused.iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_title_is_a_line_of_1_to_200_characters() {
        for (text, wrong) in [
            ("Buy milk", false),
            (" Buy milk ", false),
            (&"ä".repeat(200), false),
            (&"ä".repeat(201), true),
            ("", true),
            ("  ", true),
            ("two\nlines", true),
            ("nul\0", true),
        ] {
            let draft = Draft {
                title: text.to_owned(),
                ..Draft::default()
            };
            assert_eq!(refused(draft) == ["title"], wrong, "{text:?}");
        }
    }

    #[test]
    fn notes_are_text_of_several_lines_up_to_a_limit() {
        for (text, wrong) in [
            (String::new(), false),
            ("a\r\n\tb".to_owned(), false),
            ("é".repeat(10_000), false),
            ("é".repeat(10_001), true),
            ("nul\0".to_owned(), true),
            ("\u{1b}[31m".to_owned(), true),
        ] {
            let draft = Draft {
                title: "t".to_owned(),
                notes: text.clone(),
                ..Draft::default()
            };
            assert_eq!(refused(draft) == ["notes"], wrong, "{text:?}");
        }
    }

    #[test]
    fn every_wrong_field_is_named() {
        let draft = Draft {
            notes: "\0".to_owned(),
            due_at: Some(at(-1)),
            ..Draft::default()
        };
        assert_eq!(refused(draft), ["title", "notes", "due_at"]);
    }

    #[test]
    fn a_change_raises_the_version_only_where_something_becomes_another() {
        let task = Draft {
            title: "Buy milk".to_owned(),
            due_at: Some(at(90)),
            ..Draft::default()
        };
        let task = task.into_task(ID, at(5)).unwrap();
        let same = Change {
            title: Some(" Buy milk ".to_owned()),
            due_at: Some(Some(at(90))),
            ..Change::default()
        };
        assert_eq!(same.applied_to(&task, at(9)).unwrap(), task);
        assert_eq!(Change::default().applied_to(&task, at(9)).unwrap(), task);
        let cleared = Change {
            due_at: Some(None),
            ..Change::default()
        };
        let cleared = cleared.applied_to(&task, at(9)).unwrap();
        assert_eq!(
            (
                cleared.version,
                cleared.due_at,
                cleared.created_at,
                cleared.updated_at
            ),
            (2, None, at(5), at(9))
        );
        assert_eq!(cleared.title, task.title);
    }

    #[test]
    fn a_clock_that_was_set_back_moves_no_change_before_the_last_one() {
        let task = Draft {
            title: "t".to_owned(),
            ..Draft::default()
        };
        let task = task.into_task(ID, at(100)).unwrap();
        let done = Change {
            completed: Some(true),
            ..Change::default()
        };
        assert_eq!(done.applied_to(&task, at(7)).unwrap().updated_at, at(100));
    }

    #[test]
    fn times_are_kept_in_whole_microseconds() {
        let draft = Draft {
            title: "t".to_owned(),
            due_at: Some(Timestamp::from_nanosecond(1_999).unwrap()),
            ..Draft::default()
        };
        let due = draft.into_task(ID, at(1)).unwrap().due_at;
        assert_eq!(due, Some(Timestamp::from_microsecond(1).unwrap()));
    }
}
