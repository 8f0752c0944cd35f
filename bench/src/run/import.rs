//! Taking accounts over beside a running server: how long it takes, and how long it makes a refresh wait.
//!
//! **The rule**: the import shares the server's core, as a command on a small machine does, and so does the database where there is one. It gets its
//! accounts in pieces, and waits for the next one while the calm server is measured: so calm and busy are of the same minute, whatever the machine's mood.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use keyturn_testkit::postgres::Database;

use super::postgres::Node;
use super::{WARM_UP, clients, count, folder};
use crate::load::client::{Client, Delivery};
use crate::load::drive::{Bounds, Figures, Operation, drive};
use crate::load::server::{Server, Spent, import as start_import};
use crate::postgres::CLUSTER;
use crate::report::{Goal, Row};

/// Users who refresh meanwhile, each as soon as it was answered.
const USERS: usize = 16;
/// Accounts that the import gets at once.
const PIECE: usize = 5_000;
/// How long the calm server is measured before each piece.
const CALM: Bounds = Bounds::time(Duration::from_secs(1));
/// Between two looks whether the import waits for the next piece.
const STEP: Bounds = Bounds::time(Duration::from_millis(250));
/// Who uses less of the processor in a step waits.
const NOTHING: Duration = Duration::from_millis(1);
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
    let mut import = Import::start(binary, data_dir);
    drive(&mut users, Operation::Refresh, WARM_UP).await;
    let (mut calm, mut busy) = (Figures::default(), Figures::default());
    for first in (0..accounts).step_by(PIECE) {
        calm.add(&drive(&mut users, Operation::Refresh, CALM).await);
        import.feed(people(first..accounts.min(first + PIECE)));
        busy.add(&import.beside(&mut users).await);
    }
    import.end();
    took.add(busy.took().as_secs_f64(), 60.0 * count(accounts) / 100_000.0);
    waited.add(busy.percentile(0.99), 2.0 * calm.percentile(0.99));
}

/// An import that is fed by hand.
struct Import {
    command: Child,
    input: Sender<String>,
}

impl Import {
    fn start(binary: &Path, data_dir: &Path) -> Self {
        let mut command = start_import(binary, data_dir, Path::new("-"));
        let mut stdin = command.stdin.take().expect("piped");
        let (input, pieces) = channel::<String>();
        // A pipe holds some hundred accounts: who writes waits.
        thread::spawn(move || {
            stdin.write_all(HEADER.as_bytes()).expect("the import reads");
            for piece in pieces {
                stdin.write_all(piece.as_bytes()).expect("the import reads");
            }
        });
        Self { command, input }
    }

    fn feed(&self, piece: String) {
        self.input.send(piece).expect("the import reads");
    }

    /// What refreshes took until the import waited again.
    async fn beside(&mut self, users: &mut [Client]) -> Figures {
        let mut figures = Figures::default();
        loop {
            let before = Spent::by(&self.command).time;
            let step = drive(users, Operation::Refresh, STEP).await;
            if Spent::by(&self.command).time.saturating_sub(before) < NOTHING {
                return figures;
            }
            figures.add(&step);
        }
    }

    fn end(mut self) {
        drop(self.input);
        let status = self.command.wait().expect("a child");
        assert!(status.success(), "the import ended with {status}");
    }
}

/// The first line of the file.
const HEADER: &str = "id,email,username,name,password_hash,is_active,created_at\n";

/// People who signed up one after the other, as a serial id says of them.
fn people(numbers: Range<usize>) -> String {
    let mut text = String::new();
    for number in numbers {
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
