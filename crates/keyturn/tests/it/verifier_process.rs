//! Another service, as a process of its own: this test binary, started again to verify tokens by the feed.
//!
//! Its `main` is [`a_verifier`], which does nothing where nobody says what it is to verify.

use std::io::{BufRead, BufReader, Lines, Write, stdin};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use keyturn_verifier::{Feed, HttpJwks, Introspection, JwksPolicy, Liveness, Refusal, StalePolicy, Verifier};
use serde::{Deserialize, Serialize};

use crate::patience::patiently;

pub(crate) const ISSUER: &str = "https://id.example.org";

/// By which a process learns what it is.
const SETUP: &str = "VERIFIER_OF_A_TEST";
/// Before each of its answers, among what the test harness prints.
const SAYS: &str = "= ";

/// What a process does while its feed is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stale {
    Closed,
    Open,
    /// It asks Keyturn about the token.
    Asks,
}

/// What a process is told of Keyturn.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Setup {
    /// Where keys are, and where it asks.
    pub(crate) keyturn: String,
    /// Where it follows.
    pub(crate) feed: String,
    pub(crate) secret: String,
    pub(crate) stale: Stale,
}

/// A process, ended when this is dropped.
pub(crate) struct VerifierProcess {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl VerifierProcess {
    pub(crate) fn start(setup: &Setup) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "verifier_process::a_verifier",
                "--ignored",
                "--nocapture",
            ])
            .env(SETUP, serde_json::to_string(setup).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    /// How it answers a request with this token now.
    pub(crate) fn ask(&mut self, token: &str) -> String {
        writeln!(self.input, "{token}").unwrap();
        let mut said = self.output.by_ref().map(Result::unwrap);
        let answer = said.find_map(|line| line.split_once(SAYS).map(|(_, answer)| answer.to_owned()));
        answer.expect("a process that answers")
    }

    /// Asks until it answers this.
    #[track_caller]
    pub(crate) fn ask_until(&mut self, token: &str, expected: &str) {
        let mut answer = String::new();
        for _ in patiently() {
            answer = self.ask(token);
            if answer == expected {
                return;
            }
        }
        panic!("it never answered {expected}, but {answer}");
    }
}

impl Drop for VerifierProcess {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a process of other tests"]
async fn a_verifier() {
    let Ok(setup) = std::env::var(SETUP) else { return };
    let setup: Setup = serde_json::from_str(&setup).unwrap();
    let verifier = verifier(&setup);
    // The feed goes on beside it, on the workers.
    for token in stdin().lines().map_while(Result::ok) {
        let answer = match verifier.verify(&token).await {
            Ok(session) => format!("live {}", session.email.unwrap_or_default()),
            Err(Refusal::SessionEnded { reason }) => format!("ended {}", reason.unwrap_or_default()),
            Err(refusal) => refusal.code().to_owned(),
        };
        println!("{SAYS}{answer}");
    }
}

fn verifier(setup: &Setup) -> Verifier {
    let feed = Feed::builder(&format!("{}/auth/changes", setup.feed), setup.secret.as_str()).unwrap();
    let feed = match setup.stale {
        Stale::Closed => feed,
        Stale::Open => feed.when_stale(StalePolicy::FailOpen),
        Stale::Asks => {
            let url = format!("{}/auth/introspect", setup.keyturn);
            feed.ask(Arc::new(
                Introspection::new(&url, "verifier", setup.secret.as_str()).unwrap(),
            ))
        }
    };
    let feed: Arc<dyn Liveness> = feed.start().unwrap();
    let keys = HttpJwks::new(&format!("{}/.well-known/jwks.json", setup.keyturn)).unwrap();
    Verifier::builder(ISSUER)
        .jwks(keys, JwksPolicy::default())
        .liveness(feed)
        .build()
}
