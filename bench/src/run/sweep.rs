//! A sweep beside refreshes: how long it makes them wait while it takes very many ended sessions out of the store.
//!
//! **The rule**: the calm server is the same one, with the same rows still in it, before its sweep is due.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{USERS, WARM_UP, clients, count, folder};
use crate::load::client::Delivery;
use crate::load::drive::{Bounds, Figures, Operation, drive};
use crate::load::server::{Server, seed};
use crate::report::{Goal, Row};
use crate::stopwatch::now;

/// Users who refresh meanwhile, each as soon as it was answered.
const REFRESHING: usize = USERS / 4;
/// How long the calm server is measured.
const CALM: Bounds = Bounds::time(Duration::from_secs(5));
/// Between two looks at what is left.
const STEP: Bounds = Bounds::time(Duration::from_millis(250));
/// The first sweep is due half of it after the start at the earliest, when the calm server has been measured.
const SETTINGS: [&str; 1] = ["retention.every=1m"];
/// As if all of them had begun and ended when time did.
const LONG_OVER: &str =
    "UPDATE sessions SET id = unhex('000000000000' || substr(hex(id), 13)), last_activity_at = 1000000,
    ended_at = 1000000, end_reason = 'signed_out'";

/// The rows for so many ended sessions.
pub async fn sweep(binary: &Path, sessions: usize) -> Vec<Row> {
    let mut waited = Row::new(
        "refresh, 16 users, during a sweep, p99",
        "ms",
        "calm p99",
        Goal::None,
    );
    let mut rate = Row::new("the same, rate", "/s", "calm rate", Goal::None);
    let mut swept = Row::new("ended sessions removed meanwhile", "/s", "none", Goal::None);
    let home = folder();
    seed(binary, home.path(), sessions, 0);
    let file = home.path().join("keyturn.db");
    let database = Connection::open(&file).expect("the store");
    database.execute_batch(LONG_OVER).expect("an update");
    drop(database);
    let server = Server::keyturn(binary, home.path(), &SETTINGS);
    let mut users = clients(&server, Delivery::Body, REFRESHING, 0).await;
    drive(&mut users, Operation::Refresh, WARM_UP).await;
    let calm = drive(&mut users, Operation::Refresh, CALM).await;
    let left = Left::of(&file);
    assert_eq!(left.count(), sessions, "the sweep had not begun");
    let (mut busy, mut begin) = (Figures::default(), now());
    loop {
        let (before, figures) = (left.count(), drive(&mut users, Operation::Refresh, STEP).await);
        if left.count() == before && before == sessions {
            begin = now();
            continue;
        }
        busy.add(&figures);
        if left.count() == 0 {
            break;
        }
    }
    let removed = count(sessions) / begin.elapsed().as_secs_f64();
    server.stop();
    waited.add(busy.percentile(0.99), calm.percentile(0.99));
    rate.add(busy.rate(), calm.rate());
    swept.add(removed, removed);
    vec![waited, rate, swept]
}

/// What is left of the ended sessions, read beside the server.
struct Left(Connection);

impl Left {
    fn of(file: &Path) -> Self {
        Self(Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the store"))
    }

    fn count(&self) -> usize {
        let sql = "SELECT count(*) FROM sessions WHERE id < x'00000000000100000000000000000000'";
        let count: i64 = self.0.query_row(sql, [], |row| row.get(0)).expect("a number");
        usize::try_from(count).expect("a count")
    }
}
