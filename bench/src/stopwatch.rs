//! Measuring time, which nothing but a benchmark may do.

use std::time::{Duration, Instant};

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// How long `work` takes.
pub fn time(work: impl FnOnce()) -> Duration {
    let begin = now();
    work();
    begin.elapsed()
}

/// Operations per second.
pub fn per_second(operations: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(operations).expect("a count of one run")) / took.as_secs_f64()
}

/// The middle one, by size; of an even number the upper middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().expect("at least one value")
}
