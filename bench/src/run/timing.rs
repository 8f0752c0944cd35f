//! Whether the time of an answer tells who has an account (CWE-208): each kind of stranger beside one whom nobody knows, in turns.
//!
//! **The rule**: the limit of each row is the median for an unknown name in the same round; the first row of each group asks about
//! another unknown one, so that it shows what the machine alone makes of a difference. Attempts are counted, as in production.
//!
//! **The caveat**: an imported hash costs what it costs until its owner signs in
//! ([0075](../../../docs/decisions/0075-imported-hashes-are-verified-as-they-are.md)); these accounts were made here.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::folder;
use crate::load::server::{Server, create_account, import};
use crate::load::wire::Wire;
use crate::report::{Goal, Row};
use crate::stopwatch::{median, now};

/// Questions about each kind in a round.
const SIGN_INS: usize = 30;
/// The same where nothing is hashed.
const LINKS: usize = 100;
/// Attempts are counted, and as many let through as are made here.
const SETTINGS: [&str; 4] = [
    "throttle.enabled=true",
    "throttle.account_burst=100000",
    "throttle.address_burst=100000",
    "signup.activation=email",
];
const UNKNOWN: &str = "an unknown name";
/// A hash that costs nothing here: none of its owners signs in.
const HASH: &str = "$2b$12$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";

/// Kinds of names at a sign-in with a wrong password, each with its row; the accounts are called after their states.
const AT_SIGN_IN: [(&str, &str); 6] = [
    ("nobody", UNKNOWN),
    ("stranger", "sign-in: another unknown name"),
    ("active", "sign-in: a wrong password"),
    ("suspended", "sign-in: a suspended account"),
    ("pending", "sign-in: a pending account"),
    ("inactive", "sign-in: an inactive account"),
];

/// Kinds of addresses that a link to reset the password is asked for, each address once.
const AT_FORGOT: [(&str, &str); 5] = [
    ("nobody", UNKNOWN),
    ("stranger", "forgot: another unknown address"),
    ("active", "forgot: an account's address"),
    ("suspended", "forgot: a suspended account's"),
    ("pending", "forgot: a pending account's"),
];

/// The same of the request that comes right after it, about nobody: what is done once the first is answered might hold it up.
const AFTER_FORGOT: [(&str, &str); 3] = [
    ("nobody", UNKNOWN),
    ("stranger", "right after forgot: another unknown address"),
    ("active", "right after forgot: an account's address"),
];

/// Kinds of addresses that somebody signs up with.
const AT_SIGN_UP: [(&str, &str); 3] = [
    ("nobody", UNKNOWN),
    ("stranger", "sign-up: another free address"),
    ("active", "sign-up: a taken address"),
];

/// The rows, in so many rounds.
pub async fn timing(binary: &Path, rounds: usize) -> Vec<Row> {
    let home = folder();
    let server = Server::keyturn(binary, home.path(), &SETTINGS);
    for (state, _) in &AT_SIGN_IN[2..] {
        create_account(binary, home.path(), &format!("{state}@bench.example"), state);
    }
    take_people_over(binary, home.path(), rounds);
    let wire = Wire::connect(server.address()).await.expect("the server listens");
    let mut asker = Asker { wire };
    let mut rows = Vec::new();
    rows.extend(at_sign_in(&mut asker, rounds).await);
    rows.extend(at_forgot(&mut asker, rounds).await);
    rows.extend(after_forgot(&mut asker, rounds).await);
    rows.extend(at_sign_up(&mut asker, rounds).await);
    server.stop();
    rows
}

async fn at_sign_in(asker: &mut Asker, rounds: usize) -> Vec<Row> {
    let mut group = Group::of(&AT_SIGN_IN);
    for _ in 0..rounds {
        for turn in 0..SIGN_INS {
            for (kind, name) in group.in_turn(turn) {
                let body = format!(
                    "{{\"email\":\"{name}@bench.example\",\"password\":\"wrong {turn} and wrong again\"}}"
                );
                group.took(kind, asker.ask("/auth/signin", &body, 401).await);
            }
        }
        group.end_round();
    }
    group.rows()
}

async fn at_forgot(asker: &mut Asker, rounds: usize) -> Vec<Row> {
    let mut group = Group::of(&AT_FORGOT);
    for round in 0..rounds {
        for turn in 0..LINKS {
            for (kind, name) in group.in_turn(turn) {
                let body = address("forgot", name, round * LINKS + turn);
                group.took(kind, asker.ask("/auth/password/forgot", &body, 202).await);
                // Whatever was put off until after the answer is not to be part of the next figure.
                asker.settle().await;
            }
        }
        group.end_round();
    }
    group.rows()
}

async fn after_forgot(asker: &mut Asker, rounds: usize) -> Vec<Row> {
    let mut group = Group::of(&AFTER_FORGOT);
    for round in 0..rounds {
        for turn in 0..LINKS {
            for (kind, name) in group.in_turn(turn) {
                let number = round * LINKS + turn;
                let first = address("after", name, number);
                asker.ask("/auth/password/forgot", &first, 202).await;
                let second = address("second", &format!("of-{name}"), number);
                group.took(kind, asker.ask("/auth/password/forgot", &second, 202).await);
                asker.settle().await;
            }
        }
        group.end_round();
    }
    group.rows()
}

async fn at_sign_up(asker: &mut Asker, rounds: usize) -> Vec<Row> {
    let mut group = Group::of(&AT_SIGN_UP);
    for round in 0..rounds {
        for turn in 0..SIGN_INS {
            for (kind, name) in group.in_turn(turn) {
                let number = round * SIGN_INS + turn;
                let body = format!(
                    "{{\"email\":\"{name}-signup-{number}@bench.example\",\"password\":\"the lamp of the harbour 41 burns\"}}"
                );
                group.took(kind, asker.ask("/auth/signup", &body, 202).await);
                asker.settle().await;
            }
        }
        group.end_round();
    }
    group.rows()
}

fn address(purpose: &str, name: &str, number: usize) -> String {
    format!("{{\"email\":\"{name}-{purpose}-{number}@bench.example\"}}")
}

/// Accounts whose addresses are asked about once each.
fn take_people_over(binary: &Path, home: &Path, rounds: usize) {
    let mut text = String::from("id,email,password_hash,state\n");
    for (purpose, each, states) in [
        ("forgot", LINKS, &["active", "suspended", "pending"][..]),
        ("after", LINKS, &["active"]),
        ("signup", SIGN_INS, &["active"]),
    ] {
        for number in 0..rounds * each {
            for state in states {
                let name = format!("{state}-{purpose}-{number}");
                writeln!(text, "{name},{name}@bench.example,{HASH},{state}").expect("memory");
            }
        }
    }
    let file = home.join("people.csv");
    std::fs::write(&file, text).expect("a file of accounts");
    let status = import(binary, home, &file).wait().expect("a child");
    assert!(status.success(), "the import ended with {status}");
}

/// One client, who waits for each answer.
struct Asker {
    wire: Wire,
}

impl Asker {
    async fn ask(&mut self, path: &str, body: &str, status: u16) -> Duration {
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: keyturn\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let begin = now();
        let answer = self.wire.ask(request.as_bytes()).await.expect("an answer");
        let took = begin.elapsed();
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        took
    }

    /// Waits for two writes, one after the other: what was queued before them is done.
    async fn settle(&mut self) {
        for _ in 0..2 {
            let body = "{\"token\":\"kto_nobody\",\"password\":\"the lamp of the harbour 41 burns\"}";
            self.ask("/auth/activate", body, 400).await;
        }
    }
}

/// Rows that are held against the first kind of their group.
struct Group {
    kinds: &'static [(&'static str, &'static str)],
    took: Vec<Vec<f64>>,
    rows: Vec<Row>,
}

impl Group {
    fn of(kinds: &'static [(&'static str, &'static str)]) -> Self {
        let row = |(_, operation): &(&str, &'static str)| Row::new(operation, "ms", UNKNOWN, Goal::None);
        Self {
            kinds,
            took: vec![Vec::new(); kinds.len()],
            rows: kinds.iter().map(row).collect(),
        }
    }

    /// All kinds, each time begun with another one.
    fn in_turn(&self, turn: usize) -> Vec<(usize, &'static str)> {
        let count = self.kinds.len();
        let kinds = (0..count).map(|place| (place + turn) % count);
        kinds.map(|kind| (kind, self.kinds[kind].0)).collect()
    }

    fn took(&mut self, kind: usize, time: Duration) {
        self.took[kind].push(time.as_secs_f64() * 1000.0);
    }

    fn end_round(&mut self) {
        let medians: Vec<f64> = self
            .took
            .iter_mut()
            .map(|times| median(std::mem::take(times)))
            .collect();
        for (row, figure) in self.rows.iter_mut().zip(&medians) {
            row.add(*figure, medians[0]);
        }
    }

    fn rows(mut self) -> Vec<Row> {
        self.rows.split_off(1)
    }
}
