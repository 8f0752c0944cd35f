//! On PostgreSQL: refreshes on one node, and how soon a sign-out on one node is felt on the others.

use std::path::Path;
use std::time::Duration;

use keyturn_testkit::postgres::Database;
use tempfile::TempDir;

use super::{SIGN_INS, USERS, clients, folder, rate};
use crate::load::client::{Client, Delivery};
use crate::load::drive::Operation;
use crate::load::server::{Server, limit};
use crate::postgres::CLUSTER;
use crate::report::{Goal, Row};
use crate::stopwatch::now;

const NODES: usize = 3;
/// Sessions that are signed out in a round; each is watched on all nodes but one.
const SIGN_OUTS: usize = 100;
/// No node may take longer; then the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Its rows; none where no cluster runs.
pub(super) async fn rows(binary: &Path, rounds: usize) -> Vec<Row> {
    if std::env::var_os(CLUSTER).is_none() {
        return Vec::new();
    }
    let mut batch = Row::new(
        "refresh on PostgreSQL, 64 users, `body`",
        "/s",
        "raw `UNNEST` of 64",
        Goal::Share(0.2),
    );
    let mut single = Row::new(
        "the same",
        "/s",
        "single statements on 16 connections",
        Goal::None,
    );
    let mut felt = Row::new(
        "signed out on one of 3 nodes, felt on the others, p99",
        "ms",
        "1 s",
        Goal::Limit,
    );
    let database = Database::empty().await;
    let nodes: Vec<Node> = (0..NODES).map(|_| Node::start(binary, database.url())).collect();
    let mut users = clients(&nodes[0].server, Delivery::Body, USERS, 0).await;
    let mut watched = Watched::over(&nodes).await;
    for _ in 0..rounds {
        let refreshed = rate(&mut users, Operation::Refresh).await;
        batch.add(refreshed, limit(&["postgres-unnest", "64"]));
        single.add(refreshed, limit(&["postgres-single"]));
        felt.add(slowest_hundredth(watched.sign_outs().await), 1000.0);
    }
    for node in nodes {
        node.server.stop();
    }
    vec![batch, single, felt]
}

/// A server over the shared database.
pub(super) struct Node {
    pub(super) server: Server,
    folder: TempDir,
}

impl Node {
    /// Where its settings are.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn start(binary: &Path, url: &str) -> Self {
        let folder = folder();
        let settings = format!(
            "master_secret = \"B4xN9qT2mK7vW1zR6cJ8hL3yP5sD0fGa-of-the-bench\"\n[store]\nurl = \"{url}\"\n"
        );
        std::fs::write(folder.path().join("keyturn.toml"), settings).expect("a file of settings");
        Self {
            server: Server::keyturn(binary, folder.path(), &[]),
            folder,
        }
    }
}

/// A person on one node, and the same person's access token on each of the others.
struct Watched {
    person: Client,
    elsewhere: Vec<Client>,
}

impl Watched {
    async fn over(nodes: &[Node]) -> Self {
        let (here, others) = nodes.split_first().expect("several nodes");
        let number = USERS + SIGN_INS;
        let person = clients(&here.server, Delivery::Body, 1, number).await.remove(0);
        let mut elsewhere = Vec::new();
        for node in others {
            elsewhere.push(Client::new(node.server.address(), Delivery::Body, USERS, number).await);
        }
        Self { person, elsewhere }
    }

    /// Milliseconds from the answer to a sign-out until another node refuses, for each sign-out and each other node.
    async fn sign_outs(&mut self) -> Vec<f64> {
        let mut felt = Vec::new();
        for _ in 0..SIGN_OUTS {
            assert!(self.person.sign_in().await, "a quiet server signs in");
            for other in &mut self.elsewhere {
                other.take_over(&self.person);
                assert!(other.is_let_in().await, "signed in everywhere");
            }
            self.person.sign_out().await;
            self.watch(&mut felt).await;
        }
        felt
    }

    /// Asks each of the others until it refuses.
    async fn watch(&mut self, felt: &mut Vec<f64>) {
        let begin = now();
        let mut waiting: Vec<&mut Client> = self.elsewhere.iter_mut().collect();
        while !waiting.is_empty() {
            let mut still = Vec::new();
            for other in waiting {
                if other.is_let_in().await {
                    still.push(other);
                } else {
                    felt.push(begin.elapsed().as_secs_f64() * 1000.0);
                }
            }
            waiting = still;
            assert!(
                begin.elapsed() < PATIENCE,
                "a sign-out was not felt after {PATIENCE:?}"
            );
        }
    }
}

pub(super) fn slowest_hundredth(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let index = times.len() * 99 / 100;
    times[index.min(times.len() - 1)]
}
