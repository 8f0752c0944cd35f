//! A finding: where a rule is broken, how, and what to do about it.

use std::fmt;

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// The file, crate or requirement that breaks the rule.
    pub(crate) place: String,
    /// What is wrong with it.
    pub(crate) wrong: String,
    /// What to do.
    pub(crate) remedy: String,
}

impl Finding {
    /// A finding about `place`.
    pub(crate) fn new(place: impl Into<String>, wrong: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            wrong: wrong.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}\n    do: {}", self.place, self.wrong, self.remedy)
    }
}
