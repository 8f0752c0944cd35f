//! Store commands against what the engine and the disk can do, in turns: one table, with the share that design asks for.
//!
//! Refreshes of one requester wait for the disk each; those of 16 and 64 share commits.
#![expect(clippy::print_stdout, reason = "the table is the result")]

use keyturn_bench::disk::Disk;
use keyturn_bench::embedded::Embedded;
use keyturn_bench::raw::Raw;
use keyturn_bench::stopwatch::{median, per_second, time};

/// Turns that each side takes.
const ROUNDS: usize = 9;

/// Commits of a turn of the raw engine.
const COMMITS: usize = 150;

/// What a measurement must reach, where something is asked.
const GOALS: [(usize, Option<f64>); 3] = [(1, None), (16, Some(0.3)), (64, Some(0.3))];

fn main() {
    let (mut disk, mut raw, mut ours) = (Disk::new(), Raw::new(), Embedded::new());
    println!(
        "{:<34}{:>12}{:>12}{:>8}{:>8}",
        "operation", "ours/s", "raw/s", "ratio", "goal"
    );
    for (requesters, goal) in GOALS {
        let mut rounds = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let operations = COMMITS * requesters;
            let raw_rate = per_second(operations, time(|| raw.swap(COMMITS, requesters)));
            let our_rate = per_second(operations, time(|| ours.rotate(requesters, COMMITS)));
            rounds.0.push(our_rate);
            rounds.1.push(raw_rate);
            rounds.2.push(our_rate / raw_rate);
        }
        let operation = format!("rotate, {requesters} at once");
        row(
            &operation,
            median(rounds.0),
            median(rounds.1),
            median(rounds.2),
            goal,
        );
    }
    let appended = (0..ROUNDS)
        .map(|_| per_second(COMMITS, time(|| disk.append(COMMITS))))
        .collect();
    let appended = median(appended);
    let ours_alone = median(
        (0..ROUNDS)
            .map(|_| per_second(COMMITS, time(|| ours.rotate(1, COMMITS))))
            .collect(),
    );
    row(
        "rotate, 1 at once, by fdatasync",
        ours_alone,
        appended,
        ours_alone / appended,
        None,
    );
}

fn row(operation: &str, ours: f64, raw: f64, ratio: f64, goal: Option<f64>) {
    let verdict = match goal {
        None => String::new(),
        Some(goal) if ratio >= goal => format!(">= {goal} ok"),
        Some(goal) => format!(">= {goal} MISSED"),
    };
    println!("{operation:<34}{ours:>12.0}{raw:>12.0}{ratio:>8.2}  {verdict}");
}
