//! Who counts what becomes of tasks: one call for each outcome, once it stands.
//!
//! **The rule**: an observer changes nothing and waits for nothing; what it is told are fixed words, never an id or a text of a requester's.

/// What became of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskEffect {
    /// Somebody made it.
    Created,
    /// It was put among the deleted ones.
    Deleted,
    /// It was put back.
    Restored,
    /// Its owner removed it for good.
    Removed,
    /// It went when it could not be restored any more.
    Swept,
    /// It went with its owner's account.
    Departed,
}

impl TaskEffect {
    /// Every variant, in the order of declaration.
    pub const ALL: [Self; 6] = [
        Self::Created,
        Self::Deleted,
        Self::Restored,
        Self::Removed,
        Self::Swept,
        Self::Departed,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
            Self::Removed => "removed",
            Self::Swept => "swept",
            Self::Departed => "departed",
        }
    }
}

/// Hears of outcomes.
pub trait Observer: Send + Sync {
    /// This became of as many tasks.
    fn became(&self, effect: TaskEffect, tasks: u64);

    /// A request was answered with a problem of this code.
    fn refused(&self, code: &'static str);
}

/// Nobody counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn became(&self, _effect: TaskEffect, _tasks: u64) {}

    fn refused(&self, _code: &'static str) {}
}
