//! `keyturn-load`: measures a server under load and writes the table.
//!
//! `keyturn-load BINARY ROUNDS PAGE [NOTES]` runs everything. `hello` and `limit …` are what it starts on the measured core.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a benchmark that can't go on has nothing to report")]

use std::path::Path;
use std::{env, fs};

use keyturn_bench::load::{hello, server};
use keyturn_bench::{limits, machine, report, run};
use tokio::runtime::Builder;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["hello"] => serve_hello(),
        ["limit", "fdatasync"] => println!("{}", limits::fdatasync_p50()),
        ["limit", "sqlite", group] => println!("{}", limits::sqlite_rate(group.parse().expect("a number"))),
        ["limit", "hashes"] => println!("{}", limits::hash_rate()),
        [binary, rounds, page] => measure(Path::new(binary), rounds.parse().expect("a number of rounds"), page, ""),
        [binary, rounds, page, notes] => {
            let notes = fs::read_to_string(notes).expect("the notes");
            measure(Path::new(binary), rounds.parse().expect("a number of rounds"), page, &notes);
        }
        _ => println!("usage: keyturn-load BINARY ROUNDS PAGE [NOTES]"),
    }
}

fn measure(binary: &Path, rounds: usize, page: &str, notes: &str) {
    let binary = binary.canonicalize().expect("the server's binary");
    let facts = machine::facts(&binary);
    server::pin_driver();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let rows = runtime.block_on(run::everything(&binary, rounds));
    let text = report::page(&facts, &rows, notes);
    println!("{text}");
    fs::write(page, text).expect("the page");
}

/// As the product does: as many threads as it may use cores.
fn serve_hello() {
    let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (listener, address) = hello::listen().await;
        println!("hello on {address}");
        hello::serve(listener).await;
    });
}
