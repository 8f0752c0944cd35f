//! The run: every row of the table, limit and figure in turns, so that a slow moment of the machine strikes both.

mod feed;
mod footprint;
mod import;
mod postgres;
mod sizes;
mod storm;
mod sweep;
mod timing;

use std::path::Path;
use std::time::Duration;

use futures::future::join_all;
use tempfile::TempDir;

use crate::load::client::{Client, Delivery};
use crate::load::drive::{Bounds, Figures, Operation, drive};
use crate::load::hello;
use crate::load::server::{Server, limit};
use crate::report::{Goal, Row};

pub use self::feed::follow;
pub use self::import::import;
pub use self::sizes::sizes;
pub use self::sweep::sweep;
pub use self::timing::timing;

/// How long each is measured in each round.
const FOR: Bounds = Bounds::time(Duration::from_millis(1500));
/// Before each measurement, not counted.
const WARM_UP: Bounds = Bounds::time(Duration::from_millis(200));
/// Users at once, where the server is to be busy.
const USERS: usize = 64;
/// Sign-ins at once.
const SIGN_INS: usize = 8;

const SQLITE: &str = "raw SQLite";

/// The rows of one kind of server that are measured in rounds.
struct Rows {
    alone: Row,
    sixteen: Row,
    sixty_four: Row,
}

/// Measures everything, in this many rounds, an odd number.
pub async fn everything(binary: &Path, rounds: usize) -> Vec<Row> {
    assert!(rounds % 2 == 1, "only an odd number of rounds has a middle one");
    let mut body = Rows {
        alone: Row::new(
            "refresh, 1 user, `body`, p50",
            "ms",
            "3 × fdatasync p50 + 0.1",
            Goal::ThreeTimesLeast,
        ),
        sixteen: Row::new("refresh, 16 users, `body`", "/s", SQLITE, Goal::Share(0.3)),
        sixty_four: Row::new("refresh, 64 users, `body`", "/s", SQLITE, Goal::Share(0.3)),
    };
    let mut cookie = Rows {
        alone: Row::new(
            "refresh, 1 user, `cookie`, p50",
            "ms",
            "3 × fdatasync p50 + 0.1",
            Goal::ThreeTimesLeast,
        ),
        sixteen: Row::new("refresh, 16 users, `cookie`", "/s", SQLITE, Goal::Share(0.3)),
        sixty_four: Row::new("refresh, 64 users, `cookie`", "/s", SQLITE, Goal::Share(0.3)),
    };
    let mut check = Row::new(
        "session check, `Authorization`",
        "/s",
        "bare axum",
        Goal::Share(0.5),
    );
    let mut check_cookie = Row::new("session check, cookie", "/s", "bare axum", Goal::Share(0.5));
    let mut sign_in = Row::new("sign-in", "/s", "argon2id hashes", Goal::Share(0.85));
    let mut storm = storm::rows();

    let (body_folder, cookie_folder) = (folder(), folder());
    let server = Server::keyturn(binary, body_folder.path(), &[]);
    let cookie_server = Server::keyturn(binary, cookie_folder.path(), &["refresh.concurrent_window=0s"]);
    let hello_server = Server::hello();
    let mut users = clients(&server, Delivery::Body, USERS, 0).await;
    let mut browsers = clients(&cookie_server, Delivery::Cookie, USERS, 0).await;
    let mut newcomers = clients(&server, Delivery::Body, SIGN_INS, USERS).await;
    for _ in 0..rounds {
        refreshes(&mut body, &mut users).await;
        refreshes(&mut cookie, &mut browsers).await;
        let most = hello::drive(hello_server.address(), USERS, FOR).await;
        check.add(rate(&mut users, Operation::Check).await, most);
        check_cookie.add(rate(&mut browsers, Operation::Check).await, most);
        let most = limit(&["hashes"]);
        sign_in.add(rate(&mut newcomers, Operation::SignIn).await, most);
        storm::round(&mut storm, &mut users, &mut newcomers).await;
    }
    server.stop();
    cookie_server.stop();
    let mut rows = vec![body.alone, body.sixteen, body.sixty_four];
    rows.extend([cookie.alone, cookie.sixteen, cookie.sixty_four]);
    rows.extend([check, check_cookie, sign_in]);
    rows.extend(storm);
    rows.extend(feed::rows(binary, rounds).await);
    rows.extend(on_postgres(binary, rounds).await);
    rows.extend(footprint::starts(binary, rounds).await);
    rows.extend(footprint::disk(binary).await);
    rows
}

/// The row of processes that follow changes alone.
pub async fn followed(binary: &Path, rounds: usize) -> Vec<Row> {
    feed::rows(binary, rounds).await
}

/// The rows on PostgreSQL, in the cluster that `scripts/with-postgres` runs; none without one.
pub async fn on_postgres(binary: &Path, rounds: usize) -> Vec<Row> {
    postgres::rows(binary, rounds).await
}

/// One operation for so many seconds, with nothing beside it: for a profiler, and to compare two binaries. Rate, processor
/// time and switches between threads.
pub async fn alone(
    binary: &Path,
    delivery: Delivery,
    operation: Operation,
    users: usize,
    seconds: u64,
) -> String {
    let folder = folder();
    let server = Server::keyturn(binary, folder.path(), &["refresh.concurrent_window=0s"]);
    let mut clients = clients(&server, delivery, users, 0).await;
    drive(&mut clients, operation, WARM_UP).await;
    let before = server.spent();
    let figures = drive(
        &mut clients,
        operation,
        Bounds::time(Duration::from_secs(seconds)),
    )
    .await;
    let after = server.spent();
    server.stop();
    let each = |total: f64| total / figures.operations().max(1) as f64;
    format!(
        "{:.0} /s, p50 {:.2} ms, {:.1} µs of the processor and {:.2} switches each",
        figures.rate(),
        figures.percentile(0.5),
        each((after.time - before.time).as_secs_f64() * 1e6),
        each((after.switches - before.switches) as f64),
    )
}

async fn refreshes(rows: &mut Rows, clients: &mut [Client]) {
    let disk = 3.0 * limit(&["fdatasync"]) + 0.1;
    let alone = measured(&mut clients[..1], Operation::Refresh).await;
    rows.alone.add(alone.percentile(0.5), disk);
    let most = limit(&["sqlite", "16"]);
    rows.sixteen
        .add(rate(&mut clients[..16], Operation::Refresh).await, most);
    let most = limit(&["sqlite", "64"]);
    rows.sixty_four.add(rate(clients, Operation::Refresh).await, most);
}

async fn measured(clients: &mut [Client], operation: Operation) -> Figures {
    drive(clients, operation, WARM_UP).await;
    drive(clients, operation, FOR).await
}

async fn rate(clients: &mut [Client], operation: Operation) -> f64 {
    measured(clients, operation).await.rate()
}

/// So many clients, each with a fresh account of its own, numbered from `first`.
async fn clients(server: &Server, delivery: Delivery, count: usize, first: usize) -> Vec<Client> {
    let new = |number| Client::new(server.address(), delivery, number, number);
    let mut clients = join_all((first..first + count).map(new)).await;
    for few in clients.chunks_mut(SIGN_INS) {
        join_all(few.iter_mut().map(Client::sign_up)).await;
    }
    clients
}

fn count(value: impl TryInto<u32>) -> f64 {
    f64::from(value.try_into().ok().expect("less than four thousand million"))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}
