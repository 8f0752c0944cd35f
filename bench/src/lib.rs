//! What the benchmarks measure, and the raw limits that they measure against in the same run.
//!
//! **The rule**: ours and the limit do the same durable work on the same disk, in turns, so that a slow moment of the machine
//! strikes both. What counts is their ratio; a figure of one run on one machine says little.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that can't go on has nothing to report"
)]

pub mod disk;
pub mod embedded;
pub mod limits;
pub mod load;
pub mod machine;
pub mod postgres;
pub mod raw;
pub mod report;
pub mod run;
pub mod stopwatch;

/// Sessions in the table, of which those measured are spread evenly.
pub const SESSIONS: usize = 4096;
