//! Keyturn's reference application: tasks that belong to one person, and that can be restored for a while once they are deleted.
//!
//! It is a resource server as anybody would write it. Of Keyturn it knows the [`Session`](keyturn_verifier::Session) that a verifier has found, and
//! which accounts were deleted ([`AccountDirectory`]); whoever serves [`router`] puts the session into the request.
//!
//! **The rule**: a task is found by its owner *and* its id, never by its id alone. What is another person's is answered as what does not exist,
//! on every route (R5.2).
//!
//! **The caveat**: the store is its own, a file or a schema beside the authority's. Tasks of a deleted account go a moment after the account
//! ([`Departures`]), not in the same transaction.

mod departures;
mod fields;
mod http;
mod inspection;
mod model;
mod observer;
mod page;
mod ports;
mod postgres;
mod service;
mod sqlite;

pub use self::departures::{AccountDirectory, Departed, DepartureError, Departures, DirectoryError};
pub use self::http::{PROBLEMS, RequestId, openapi, router};
pub use self::inspection::{Inspection, Schema};
pub use self::model::{DeletedTask, Task, TaskId, UserId};
pub use self::observer::{Observer, TaskEffect, Unobserved};
pub use self::page::{DeletedCursor, Filter, Page};
pub use self::ports::{
    Clock, CreateOutcome, Delete, DeletedTasks, Effect, Entropy, Heard, LiveTasks, Store, StoreError, Update,
    Upkeep,
};
pub use self::postgres::{PostgresOpenError, PostgresTasks, SCHEMA};
pub use self::service::{MOST_TASKS, TaskPolicy, Tasks};
pub use self::sqlite::{BackupError, OpenError, SqliteTasks, backup, inspect, restore, schema};
