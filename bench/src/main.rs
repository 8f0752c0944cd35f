//! `keyturn-load`: measures a server under load and writes the table.
//!
//! `keyturn-load BINARY ROUNDS PAGE [NOTES]` runs everything; `keyturn-load alone BINARY refresh|check|signin body|cookie USERS
//! SECONDS` one operation, for a profiler; `keyturn-load sizes BINARY SESSIONS ROUNDS` refreshes on a small store and a large one;
//! `keyturn-load import BINARY ACCOUNTS` an import beside refreshes; `keyturn-load sweep BINARY SESSIONS` a sweep beside refreshes;
//! `keyturn-load timing BINARY ROUNDS` whether answers tell by their time who has an account; `keyturn-load feed BINARY ROUNDS` sign-outs and
//! who follows them; `keyturn-load postgres BINARY ROUNDS` the rows on PostgreSQL alone. `hello`, `limit …` and `follow …` are what it starts itself.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark that can't go on has nothing to report"
)]

use std::future::Future;
use std::path::Path;
use std::{env, fs};

use keyturn_bench::load::client::Delivery;
use keyturn_bench::load::drive::Operation;
use keyturn_bench::load::{hello, server};
use keyturn_bench::{limits, machine, postgres, report, run};
use tokio::runtime::Builder;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["hello"] => serve_hello(),
        ["limit", "fdatasync"] => println!("{}", limits::fdatasync_p50()),
        ["limit", "sqlite", group] => println!("{}", limits::sqlite_rate(group.parse().expect("a number"))),
        ["limit", "postgres-unnest", size] => {
            println!("{}", postgres::unnest_rate(size.parse().expect("a number")));
        }
        ["limit", "postgres-single"] => println!("{}", postgres::single_rate()),
        ["limit", "hashes"] => println!("{}", limits::hash_rate()),
        ["alone", binary, operation, delivery, users, seconds] => {
            let (operation, delivery) = chosen(operation, delivery);
            let seconds = seconds.parse().expect("a number of seconds");
            server::pin_driver();
            let users = users.parse().expect("a number of users");
            let driven = run::alone(Path::new(binary), delivery, operation, users, seconds);
            println!("{}", block_on(driven));
        }
        ["sizes", binary, sessions, rounds] => {
            let sessions = sessions.parse().expect("a number of sessions");
            let rounds = rounds.parse().expect("a number of rounds");
            server::pin_driver();
            let binary = Path::new(binary).canonicalize().expect("the server's binary");
            let rows = block_on(run::sizes(&binary, sessions, rounds));
            println!("{}", report::table(&rows));
        }
        ["import", binary, accounts] => {
            let accounts = accounts.parse().expect("a number of accounts");
            server::pin_driver();
            let binary = Path::new(binary).canonicalize().expect("the server's binary");
            let rows = block_on(run::import(&binary, accounts));
            println!("{}", report::table(&rows));
        }
        ["sweep", binary, sessions] => {
            let sessions = sessions.parse().expect("a number of sessions");
            server::pin_driver();
            let binary = Path::new(binary).canonicalize().expect("the server's binary");
            println!("{}", report::table(&block_on(run::sweep(&binary, sessions))));
        }
        ["timing", binary, rounds] => {
            let rounds = rounds.parse().expect("a number of rounds");
            server::pin_driver();
            let binary = Path::new(binary).canonicalize().expect("the server's binary");
            println!("{}", report::table(&block_on(run::timing(&binary, rounds))));
        }
        ["follow", address, credential] => followed(address, credential),
        ["feed", binary, rounds] => {
            let (binary, rounds) = (Path::new(binary), rounds.parse().expect("a number of rounds"));
            let binary = binary.canonicalize().expect("the server's binary");
            server::pin_driver();
            println!("{}", report::table(&block_on(run::followed(&binary, rounds))));
        }
        ["postgres", binary, rounds] => {
            let (binary, rounds) = (Path::new(binary), rounds.parse().expect("a number of rounds"));
            let binary = binary.canonicalize().expect("the server's binary");
            let facts = machine::facts(&binary);
            server::pin_driver();
            let rows = block_on(run::on_postgres(&binary, rounds));
            println!("{}", report::page(&facts, &rows, ""));
        }
        [binary, rounds, page] => measure(
            Path::new(binary),
            rounds.parse().expect("a number of rounds"),
            page,
            "",
        ),
        [binary, rounds, page, notes] => {
            let notes = fs::read_to_string(notes).expect("the notes");
            measure(
                Path::new(binary),
                rounds.parse().expect("a number of rounds"),
                page,
                &notes,
            );
        }
        _ => println!("usage: keyturn-load BINARY ROUNDS PAGE [NOTES]"),
    }
}

fn measure(binary: &Path, rounds: usize, page: &str, notes: &str) {
    let binary = binary.canonicalize().expect("the server's binary");
    let facts = machine::facts(&binary);
    server::pin_driver();
    let rows = block_on(run::everything(&binary, rounds));
    let text = report::page(&facts, &rows, notes);
    println!("{text}");
    fs::write(page, text).expect("the page");
}

/// Runs the driver. With a core of its own it never sleeps: to wake it would be charged to the server, and only to one that is
/// slower than the driver.
fn block_on<T>(driven: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        if server::is_pinned() {
            tokio::spawn(async {
                loop {
                    tokio::task::yield_now().await;
                }
            });
        }
        driven.await
    })
}

fn chosen(operation: &str, delivery: &str) -> (Operation, Delivery) {
    let operation = match operation {
        "refresh" => Operation::Refresh,
        "check" => Operation::Check,
        _ => Operation::SignIn,
    };
    let delivery = match delivery {
        "cookie" => Delivery::Cookie,
        _ => Delivery::Body,
    };
    (operation, delivery)
}

/// What one of the followers does.
fn followed(address: &str, credential: &str) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(run::follow(address, credential));
}

/// As the product does: as many threads as it may use cores.
fn serve_hello() {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (listener, address) = hello::listen().await;
        println!("hello on {address}");
        hello::serve(listener).await;
    });
}
