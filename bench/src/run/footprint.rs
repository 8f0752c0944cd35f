//! What a server costs without load: time to start, memory before anybody came, disk for each session.

use std::fs;
use std::path::Path;

use futures::future::join_all;
use rusqlite::Connection;

use super::{SIGN_INS, clients, count, folder};
use crate::load::client::{Client, Delivery};
use crate::load::drive::{Bounds, Operation, drive};
use crate::load::server::Server;
use crate::load::wire::Wire;
use crate::report::{Goal, Row};
use crate::stopwatch::now;

/// Sessions whose disk is measured.
const SESSIONS: usize = 1000;
/// Accounts that they belong to.
const ACCOUNTS: usize = 100;
/// How often each refreshes.
const REFRESHES: usize = 100;

/// Cold starts on an empty folder and on one that is there, and memory after the first answer.
pub(super) async fn starts(binary: &Path, rounds: usize) -> [Row; 3] {
    let mut first = Row::new(
        "cold start to first answer, empty folder",
        "ms",
        "40 ms",
        Goal::Limit,
    );
    let mut second = Row::new(
        "cold start to first answer, existing folder",
        "ms",
        "40 ms",
        Goal::Limit,
    );
    let mut memory = Row::new(
        "idle memory before the first sign-in",
        "MiB",
        "32 MiB",
        Goal::Limit,
    );
    for _ in 0..rounds.max(5) {
        let folder = folder();
        for row in [&mut first, &mut second] {
            let (milliseconds, mebibytes) = start(binary, folder.path()).await;
            row.add(milliseconds, 40.0);
            memory.add(mebibytes, 32.0);
        }
    }
    [first, second, memory]
}

/// Milliseconds until the first answer, and MiB after it.
async fn start(binary: &Path, folder: &Path) -> (f64, f64) {
    let begin = now();
    let server = Server::keyturn(binary, folder, &[]);
    let mut wire = Wire::connect(server.address()).await.expect("it listens");
    let answer = wire.ask(b"GET /readyz HTTP/1.1\r\nHost: keyturn\r\n\r\n").await;
    assert_eq!(answer.expect("an answer").status, 200);
    let milliseconds = begin.elapsed().as_secs_f64() * 1000.0;
    let mebibytes = count(server.resident_kib()) / 1024.0;
    server.stop();
    (milliseconds, mebibytes)
}

/// Bytes that a thousand sessions added, all that sign-in writes included, after each has refreshed a hundred times.
pub(super) async fn disk(binary: &Path) -> [Row; 2] {
    let mut fresh = Row::new("disk per session, just signed in", "bytes", "1 KiB", Goal::Limit);
    let mut aged = Row::new(
        "disk per session, refreshed 100 times",
        "bytes",
        "1 KiB",
        Goal::Limit,
    );
    let folder = folder();
    let server = Server::keyturn(binary, folder.path(), &[]);
    drop(clients(&server, Delivery::Body, ACCOUNTS, 0).await);
    let before = bytes(server, folder.path());
    let server = Server::keyturn(binary, folder.path(), &[]);
    let new = |number| Client::new(server.address(), Delivery::Body, number, number % ACCOUNTS);
    let mut sessions = join_all((0..SESSIONS).map(new)).await;
    for few in sessions.chunks_mut(SIGN_INS) {
        drive(few, Operation::SignIn, Bounds::each(1)).await;
    }
    fresh.add((checkpointed(folder.path()) - before) / count(SESSIONS), 1024.0);
    for few in sessions.chunks_mut(100) {
        drive(few, Operation::Refresh, Bounds::each(REFRESHES)).await;
    }
    aged.add((bytes(server, folder.path()) - before) / count(SESSIONS), 1024.0);
    [fresh, aged]
}

/// What lies on disk once the server has stopped, and has written what it keeps in memory.
fn bytes(server: Server, folder: &Path) -> f64 {
    server.stop();
    checkpointed(folder)
}

/// Database and log, after the log has been brought into the database.
fn checkpointed(folder: &Path) -> f64 {
    let database = folder.join("keyturn.db");
    let connection = Connection::open(&database).expect("the database");
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .expect("a checkpoint");
    let size = |name: &str| fs::metadata(folder.join(name)).map_or(0, |file| file.len());
    count(size("keyturn.db") + size("keyturn.db-wal"))
}
