//! What does I/O or owns a thread: the ports of the rules, made real.

pub(crate) mod background;
pub(crate) mod change_log;
pub(crate) mod clock;
pub(crate) mod database_clock;
pub(crate) mod departures;
pub(crate) mod entropy;
pub(crate) mod flush;
pub(crate) mod hash_threads;
pub(crate) mod interface;
pub(crate) mod key_reload;
pub(crate) mod mail;
pub(crate) mod metrics;
pub(crate) mod open_files;
pub(crate) mod probe;
pub(crate) mod sweeper;
pub(crate) mod task_upkeep;
