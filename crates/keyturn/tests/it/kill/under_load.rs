//! kill -9 of all servers under load, round after round, and everybody goes on after the restart.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyturn_testkit::entropy::SeededEntropy;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::person::{Kind, Person};
use super::visit::{Visit, visit_until_cut_off, whole_visit};
use super::{Nodes, RESIDENTS, move_in, seed};
use crate::place::{Engine, Place};
use crate::server::{self, UNTHROTTLED};

/// People who come, look and sign out: of each kind so many at once.
const VISITORS: u64 = 1;

/// Every second round has no Hold, so that browsers rotate as often as API clients do; a lost reply is still answered again.
const WINDOWS: [&[&str]; 2] = [
    &UNTHROTTLED,
    &[
        "--set",
        "throttle.enabled=false",
        "--set",
        "refresh.concurrent_window=0s",
    ],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i1_i6_what_was_acknowledged_survives_kill_9_and_nobody_honest_is_signed_out() {
    let place = Place::on(Engine::Sqlite).await;
    survives_kill_9(&[place.data_dir()], 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i1_i6_what_nodes_acknowledged_survives_kill_9_of_all_of_them() {
    let place = Place::on(Engine::Postgres).await;
    survives_kill_9(&[place.node(0), place.node(1)], 6).await;
}

/// One server a folder. Who was at one of them finds everything at another after the restart.
#[expect(clippy::print_stdout, reason = "a failed run is repeated by its seed")]
async fn survives_kill_9(folders: &[PathBuf], rounds: usize) {
    let seed = seed();
    let random = Arc::new(SeededEntropy::new(seed));
    let rounds = if std::env::var_os("KEYTURN_SOAK").is_some() {
        300
    } else {
        rounds
    };
    let mut residents = Vec::new();
    let mut acknowledged = Acknowledged::default();
    for round in 0..rounds {
        let nodes = Nodes::start(folders, WINDOWS[round % 2]);
        if round == 0 {
            residents = move_in(nodes.client(0), &random).await;
            acknowledged.add(whole_visit(nodes.client(0), &random).await);
        }
        let visits = one_round(nodes, &mut residents, round, &random).await;
        println!(
            "seed {seed}, round {round}: killed in the middle of {} visits",
            visits.len()
        );
        let nodes = Nodes::start(folders, WINDOWS[round % 2]);
        for (number, resident) in residents.iter_mut().enumerate() {
            resident
                .is_still_signed_in(nodes.client(number + 1), &random)
                .await;
        }
        for (number, visit) in visits.into_iter().enumerate() {
            acknowledged.add(visit.check(nodes.client(number), &random).await);
        }
        nodes.kill_9();
    }
    acknowledged.check(&folders[0], &residents);
}

/// Load, and a kill in the middle of it. Answers how far each visit of this round had come.
async fn one_round(
    nodes: Nodes,
    residents: &mut Vec<Person>,
    round: usize,
    random: &Arc<SeededEntropy>,
) -> Vec<Visit> {
    let acknowledgements = Arc::new(Semaphore::new(0));
    let mut refreshing = JoinSet::new();
    for (number, resident) in residents.drain(..).enumerate() {
        refreshing.spawn(resident.refresh_until_cut_off(
            nodes.client(number).clone(),
            random.clone(),
            acknowledgements.clone(),
        ));
    }
    let mut visiting = JoinSet::new();
    for (number, kind) in [Kind::Api, Kind::Browser].into_iter().enumerate() {
        for _ in 0..VISITORS {
            visiting.spawn(visit_until_cut_off(
                kind,
                nodes.client(number).clone(),
                random.clone(),
                acknowledgements.clone(),
            ));
        }
    }
    let moment = u32::try_from(20 + random.next() % 400).unwrap();
    tokio::select! {
        counted = acknowledgements.acquire_many(moment) => counted.unwrap().forget(),
        Some(early) = refreshing.join_next() => panic!("stopped before the kill: {early:?}"),
        Some(early) = visiting.join_next() => panic!("stopped before the kill: {early:?}"),
    }
    for _ in 0..random.next() % 200 {
        tokio::task::yield_now().await;
    }
    nodes.kill_9();
    *residents = refreshing.join_all().await;
    assert_eq!(residents.len() as u64, 2 * RESIDENTS, "in round {round}");
    visiting.join_all().await.into_iter().flatten().collect()
}

/// Everything that was ever acknowledged, for a last look without a server.
#[derive(Default)]
struct Acknowledged {
    visitors: Vec<String>,
}

impl Acknowledged {
    fn add(&mut self, visitor: String) {
        self.visitors.push(visitor);
    }

    /// Every account is there, and no session ended but by its owner's hand.
    fn check(&self, data_dir: &Path, residents: &[Person]) {
        let list = |args: &[&str]| {
            let said = server::command(data_dir, &[args, &["--limit", "1000000", "--json"]].concat(), "");
            said.json().as_array().unwrap().clone()
        };
        let accounts = list(&["user", "list"]);
        let emails: BTreeSet<_> = accounts
            .iter()
            .filter_map(|account| account["email"].as_str())
            .collect();
        let missing: Vec<_> = self
            .visitors
            .iter()
            .filter(|email| !emails.contains(email.as_str()))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(emails.len(), self.visitors.len() + residents.len());
        let sessions = list(&["session", "list", "--all"]);
        let reasons: BTreeSet<_> = sessions
            .iter()
            .filter_map(|session| session["end_reason"].as_str())
            .collect();
        assert_eq!(reasons, BTreeSet::from(["signed_out"]));
    }
}
