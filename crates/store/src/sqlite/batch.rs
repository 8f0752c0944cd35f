//! One batch: one transaction, one commit.
//!
//! **The rule**: a command that fails is undone and fails alone. Hardly one ever does (a condition that no longer holds is no
//! failure), so all run together at first; where one fails, all is undone, and each runs again in a savepoint of its own.

use std::sync::Arc;

use jiff::Timestamp;
use keyturn_core::ports::StoreError;
use rusqlite::Connection;

use super::rows::{Fault, leaves_doubt, unavailable};
use super::watcher::Watcher;
use super::writer::Job;
use crate::metrics::WriterMetrics;

type Jobs = Vec<Box<dyn Job>>;

/// Why a batch failed as a whole.
enum Failure {
    /// It was not begun, or was rolled back: nothing happened.
    Refused(rusqlite::Error),
    /// The commit failed.
    Commit(rusqlite::Error),
}

/// Carries out these commands and answers each.
pub(super) fn carry_out(
    connection: &Connection,
    metrics: &WriterMetrics,
    mut watcher: Option<&mut Watcher>,
    jobs: Jobs,
) {
    match attempt(connection, watcher.as_deref_mut(), jobs) {
        Ok(jobs) => jobs.into_iter().for_each(Job::succeed),
        Err((Failure::Commit(error), jobs)) if jobs.len() > 1 => {
            metrics.failed();
            tracing::warn!(%error, commands = jobs.len(), "a batch was not committed; its commands are tried one by one");
            for job in jobs {
                carry_out(connection, metrics, watcher.as_deref_mut(), vec![job]);
            }
        }
        Err((failure, jobs)) => {
            metrics.failed();
            refuse(failure, jobs);
        }
    }
}

/// Ends a transaction that is still open. Where that fails too, the next `BEGIN` will, and say so.
pub(super) fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction can't be rolled back");
    }
}

/// Runs and commits. The commands that failed alone are answered and gone from what it gives back.
fn attempt(
    connection: &Connection,
    mut watcher: Option<&mut Watcher>,
    jobs: Jobs,
) -> Result<Jobs, (Failure, Jobs)> {
    if let Err(error) = statement(connection, "BEGIN IMMEDIATE") {
        return Err((Failure::Refused(error), jobs));
    }
    // The write lock is held: what is new now was committed by others, and all that follows is our own.
    if let Some(watcher) = watcher.as_deref_mut() {
        watcher.look(connection);
    }
    let jobs = run(connection, jobs).map_err(|(error, jobs)| (Failure::Refused(error), jobs))?;
    let own = watcher.as_deref().map(|watcher| watcher.newest(connection));
    if let Err(error) = statement(connection, "COMMIT") {
        roll_back(connection);
        return Err((Failure::Commit(error), jobs));
    }
    if let (Some(watcher), Some(own)) = (watcher, own) {
        watcher.tell_own(connection, own);
    }
    Ok(jobs)
}

/// Runs the commands. Fails where the engine gave up the whole transaction.
fn run(connection: &Connection, mut jobs: Jobs) -> Result<Jobs, (rusqlite::Error, Jobs)> {
    let commit = jobs.iter().map(|job| job.now()).max().unwrap_or(Timestamp::MIN);
    if let Err(error) = statement(connection, "SAVEPOINT batch") {
        roll_back(connection);
        return Err((error, jobs));
    }
    let failed = jobs.iter_mut().find_map(|job| job.run(connection, commit).err());
    match failed {
        None => Ok(jobs),
        Some(Fault::Engine(error)) if connection.is_autocommit() => Err((error, jobs)),
        Some(_) => match statement(connection, "ROLLBACK TO batch") {
            Ok(()) => run_apart(connection, jobs, commit),
            Err(error) => {
                // Half an effect must not be committed: all of it goes.
                roll_back(connection);
                Err((error, jobs))
            }
        },
    }
}

/// Runs each command in its savepoint.
fn run_apart(
    connection: &Connection,
    jobs: Jobs,
    commit: Timestamp,
) -> Result<Jobs, (rusqlite::Error, Jobs)> {
    let mut kept = Vec::with_capacity(jobs.len());
    let mut waiting = jobs.into_iter();
    while let Some(mut job) = waiting.next() {
        let fault = match in_savepoint(connection, &mut *job, commit) {
            Ok(()) => {
                kept.push(job);
                continue;
            }
            Err(fault) => fault,
        };
        match fault {
            Fault::Engine(error) if connection.is_autocommit() => {
                kept.push(job);
                kept.extend(waiting);
                return Err((error, kept));
            }
            alone => job.fail(alone.into()),
        }
    }
    Ok(kept)
}

fn in_savepoint(connection: &Connection, job: &mut dyn Job, commit: Timestamp) -> Result<(), Fault> {
    statement(connection, "SAVEPOINT command")?;
    let outcome = job.run(connection, commit);
    if outcome.is_err() && !connection.is_autocommit() {
        let undone = statement(connection, "ROLLBACK TO command");
        if let Err(error) = undone {
            // Half an effect must not be committed: all of it goes.
            roll_back(connection);
            return Err(error.into());
        }
    }
    if !connection.is_autocommit() {
        statement(connection, "RELEASE command")?;
    }
    outcome
}

fn statement(connection: &Connection, sql: &str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

fn refuse(failure: Failure, jobs: Jobs) {
    let (error, doubtful) = match failure {
        Failure::Refused(error) => (error, false),
        Failure::Commit(error) => {
            let doubtful = leaves_doubt(&error);
            (error, doubtful)
        }
    };
    tracing::error!(%error, commands = jobs.len(), "writes are answered as failed");
    let error = Arc::new(error);
    for job in jobs {
        let error = Arc::clone(&error);
        job.fail(if doubtful {
            StoreError::OutcomeUnknown(error.into())
        } else {
            unavailable(error)
        });
    }
}
