//! What a look at a store of tasks finds, for operators. Looking changes nothing.

use jiff::Timestamp;

/// How far a store is migrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The newest migration of the store; 0 where there is none.
    pub version: i32,
    /// The newest migration of this program.
    pub known: i32,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// How far it is migrated.
    pub schema: Schema,
    /// What the engine says is wrong with the file, in its words. A shared database is asked for none: its owner looks after it.
    pub damage: Vec<String>,
    /// When the first of the deleted tasks that are still kept could not be restored any more, or will be; a sweep removes it afterwards.
    pub first_end: Option<Timestamp>,
}
