//! The process as the system sees it, under the names that Prometheus' client libraries have in common.
//!
//! **The caveat**: read from `/proc`; where there is none, the gauges stay zero.

use std::fs;

use jiff::Timestamp;
use metrics::{Gauge, Recorder, Unit};

use crate::adapters::open_files;

const STARTED: &str = "process_start_time_seconds";
const RESIDENT: &str = "process_resident_memory_bytes";
const OPEN_FILES: &str = "process_open_fds";
const MAX_FILES: &str = "process_max_fds";

/// Gauges of the process.
pub(super) struct ProcessMetrics {
    resident: Gauge,
    open_files: Gauge,
    max_files: Gauge,
}

impl ProcessMetrics {
    /// Registers the metrics with a recorder; the process counts as started `now`.
    pub(super) fn register(recorder: &dyn Recorder, now: Timestamp) -> Self {
        metrics::with_local_recorder(recorder, || {
            metrics::describe_gauge!(STARTED, Unit::Seconds, "When the process started, since 1970");
            metrics::describe_gauge!(RESIDENT, Unit::Bytes, "Memory that the process keeps resident");
            metrics::describe_gauge!(OPEN_FILES, Unit::Count, "Open files and connections");
            metrics::describe_gauge!(
                MAX_FILES,
                Unit::Count,
                "How many files and connections may be open"
            );
            metrics::gauge!(STARTED).set(now.as_duration().as_secs_f64());
            Self {
                resident: metrics::gauge!(RESIDENT),
                open_files: metrics::gauge!(OPEN_FILES),
                max_files: metrics::gauge!(MAX_FILES),
            }
        })
    }

    /// Looks them up.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge is a float; the last bits of a size do not matter"
    )]
    pub(super) fn set(&self) {
        if let Some(bytes) = resident_bytes() {
            self.resident.set(bytes as f64);
        }
        if let Ok(files) = fs::read_dir("/proc/self/fd") {
            self.open_files.set(files.count() as f64);
        }
        if let Some(limit) = open_files::limit() {
            self.max_files.set(limit as f64);
        }
    }
}

/// The second number of `statm`, in pages (`proc(5)`).
fn resident_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    let page = u64::try_from(rustix::param::page_size()).ok()?;
    Some(pages.saturating_mul(page))
}
