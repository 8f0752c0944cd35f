//! Taking accounts over beside a running server: how long it takes, and how long it makes a refresh wait.
//!
//! **The rule**: the import shares the server's core, as a command on a small machine does, and so does the database where there is one.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use keyturn_testkit::postgres::Database;

use super::postgres::Node;
use super::{WARM_UP, clients, count, folder};
use crate::load::client::{Client, Delivery};
use crate::load::drive::{Bounds, Figures, Operation, drive};
use crate::load::server::{Server, import as start_import};
use crate::postgres::CLUSTER;
use crate::report::{Goal, Row};
use crate::stopwatch::now;

/// Users who refresh meanwhile, each as soon as it was answered.
const USERS: usize = 16;
/// How long the calm server is measured.
const CALM: Bounds = Bounds::time(Duration::from_secs(5));
/// Between two looks whether the import has ended.
const STEP: Bounds = Bounds::time(Duration::from_millis(250));
/// A hash that costs nothing here: it is verified at a sign-in only.
const HASH: &str = "$2b$12$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";
/// When the first of them signed up, and how long after each the next one did.
const FIRST_SIGN_UP: Timestamp = Timestamp::constant(1_577_836_800, 0);
const EACH: SignedDuration = SignedDuration::from_mins(20);

/// The rows for so many accounts, on each engine that runs.
pub async fn import(binary: &Path, accounts: usize) -> Vec<Row> {
    let mut took = Row::new(
        "import beside 16 users who refresh",
        "s",
        "60 s for 100,000",
        Goal::Limit,
    );
    let mut waited = Row::new(
        "refresh, 16 users, meanwhile, p99",
        "ms",
        "2 × calm p99",
        Goal::Limit,
    );
    let home = folder();
    let server = Server::keyturn(binary, home.path(), &[]);
    measure(binary, home.path(), &server, accounts, &mut took, &mut waited).await;
    server.stop();
    let mut rows = vec![took, waited];
    if std::env::var_os(CLUSTER).is_some() {
        let mut took = Row::new(
            "the same import on PostgreSQL",
            "s",
            "60 s for 100,000",
            Goal::Limit,
        );
        let mut waited = Row::new("refresh, meanwhile, p99", "ms", "2 × calm p99", Goal::Limit);
        let database = Database::empty().await;
        let node = Node::start(binary, database.url());
        measure(
            binary,
            node.folder(),
            &node.server,
            accounts,
            &mut took,
            &mut waited,
        )
        .await;
        node.server.stop();
        rows.extend([took, waited]);
    }
    rows
}

async fn measure(
    binary: &Path,
    data_dir: &Path,
    server: &Server,
    accounts: usize,
    took: &mut Row,
    waited: &mut Row,
) {
    let mut users = clients(server, Delivery::Body, USERS, 0).await;
    drive(&mut users, Operation::Refresh, WARM_UP).await;
    let calm = drive(&mut users, Operation::Refresh, CALM).await;
    let file = data_dir.join("people.csv");
    std::fs::write(&file, people(accounts)).expect("a file of accounts");
    let begin = now();
    let importing = start_import(binary, data_dir, &file);
    let busy = until_done(&mut users, importing).await;
    took.add(begin.elapsed().as_secs_f64(), 60.0 * count(accounts) / 100_000.0);
    waited.add(busy.percentile(0.99), 2.0 * calm.percentile(0.99));
}

async fn until_done(users: &mut [Client], mut importing: Child) -> Figures {
    let mut figures = Figures::default();
    loop {
        figures.add(&drive(users, Operation::Refresh, STEP).await);
        if let Some(status) = importing.try_wait().expect("a child") {
            assert!(status.success(), "the import ended with {status}");
            return figures;
        }
    }
}

/// People who signed up one after the other, as a serial id says of them.
fn people(accounts: usize) -> String {
    let mut text = String::from("id,email,username,name,password_hash,is_active,created_at\n");
    for number in 0..accounts {
        let name = scattered(number);
        let names = format!("{name}@people.example,{name},Person Number {number}");
        let signed_up = FIRST_SIGN_UP + EACH * i32::try_from(number).expect("few enough");
        writeln!(text, "{number},{names},{HASH},true,{signed_up}").expect("memory");
    }
    text
}

/// A name of its own for each, in no order: names don't follow each other as ids do.
fn scattered(number: usize) -> String {
    // An odd factor permutes the numbers of 32 bits; this one is far from any pattern (Knuth, TAOCP 6.4).
    let mixed = u32::try_from(number)
        .expect("few enough")
        .wrapping_mul(2_654_435_761);
    format!("p{mixed:08x}")
}
