//! How soon a sign-out is felt by other services' processes that follow changes.

use std::io::{BufRead, BufReader, Write, stdin};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use keyturn_verifier::{Feed, Liveness, Verifier};

use super::{clients, folder};
use crate::load::client::Delivery;
use crate::load::server::Server;
use crate::report::{Goal, Row};
use crate::stopwatch::now;

/// Processes that verify tokens.
const FOLLOWERS: usize = 10;
/// Sessions that are signed out in a round.
const SIGN_OUTS: usize = 100;
/// None may take longer; then the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a follower looks whether a token is still good.
const EVERY: Duration = Duration::from_millis(1);
const ISSUER: &str = "https://bench.example";
const SECRET: &str = "a secret of the bench's own: 7Kq2Zr9XwL4t";

/// Ten processes, each asked about each session: the slowest hundredth of the refusals.
pub(super) async fn rows(binary: &Path, rounds: usize) -> Vec<Row> {
    let mut felt = Row::new(
        "signed out, refused by 10 processes that follow, p99",
        "ms",
        "1 s",
        Goal::Limit,
    );
    let folder = folder();
    let settings = format!("[jwt]\nissuer = \"{ISSUER}\"\nsecret = \"{SECRET}\"\n");
    std::fs::write(folder.path().join("keyturn.toml"), settings).expect("a file of settings");
    let server = Server::keyturn(binary, folder.path(), &[]);
    let credential = add_service(binary, folder.path());
    let (told, heard) = channel();
    let mut followers: Vec<_> = (0..FOLLOWERS)
        .map(|_| Follower::start(&server, &credential, told.clone()))
        .collect();
    let mut person = clients(&server, Delivery::Body, 1, 0).await.remove(0);
    for _ in 0..rounds {
        let mut times = Vec::new();
        for _ in 0..SIGN_OUTS {
            assert!(person.sign_in().await, "a quiet server signs in");
            followers
                .iter_mut()
                .for_each(|follower| follower.watch(person.access()));
            all(&heard, "live");
            person.sign_out().await;
            let begin = now();
            times.extend(all(&heard, "refused").into_iter().map(|at| since(begin, at)));
        }
        felt.add(super::postgres::slowest_hundredth(times), 1000.0);
    }
    drop(followers);
    server.stop();
    vec![felt]
}

fn since(begin: Instant, at: Instant) -> f64 {
    at.saturating_duration_since(begin).as_secs_f64() * 1000.0
}

/// When each of the followers said this.
fn all(heard: &Receiver<(String, Instant)>, word: &str) -> Vec<Instant> {
    let next = |_| {
        let (said, at) = heard.recv_timeout(PATIENCE).expect("every follower answers");
        assert_eq!(said, word);
        at
    };
    (0..FOLLOWERS).map(next).collect()
}

fn add_service(binary: &Path, data_dir: &Path) -> String {
    let mut command = Command::new(binary);
    command.args([
        "service",
        "add",
        "followers",
        "--scope",
        "changes:sessions",
        "--data-dir",
    ]);
    let output = command.arg(data_dir).current_dir(data_dir).output();
    let output = output.expect("the binary runs");
    assert!(output.status.success(), "a service was added");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().next().expect("a secret").to_owned()
}

/// A process that verifies tokens, ended when this is dropped.
struct Follower {
    child: Child,
    input: ChildStdin,
}

impl Follower {
    fn start(server: &Server, credential: &str, told: Sender<(String, Instant)>) -> Self {
        let program = std::env::current_exe().expect("this program has a file");
        let mut child = Command::new(program)
            .args(["follow", &server.address().to_string(), credential])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program runs");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // The measurement may be over.
                let _nobody_listens = told.send((line, now()));
            }
        });
        Self {
            input: child.stdin.take().expect("piped"),
            child,
        }
    }

    fn watch(&mut self, token: &str) {
        writeln!(self.input, "{token}").expect("a follower that reads");
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// What a follower does: of each token that it is given it says when it is good, and when it is refused.
#[expect(clippy::print_stdout, reason = "it is how a follower answers")]
pub async fn follow(server: &str, credential: &str) {
    let feed = Feed::builder(&format!("http://{server}/auth/changes"), credential);
    let feed: Arc<dyn Liveness> = feed.expect("loopback").start().expect("a client");
    let verifier = Verifier::builder(ISSUER).shared_secret(SECRET.as_bytes());
    let verifier = verifier.expect("long enough").liveness(feed).build();
    let mut look = tokio::time::interval(EVERY);
    for token in stdin().lines().map_while(Result::ok) {
        for (word, good) in [("live", true), ("refused", false)] {
            while verifier.verify(&token).await.is_ok() != good {
                look.tick().await;
            }
            println!("{word}");
        }
    }
}
