//! A crash of the database under nodes that live on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyturn_testkit::entropy::SeededEntropy;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::person::{Kind, Person};
use super::{Nodes, address, move_in, seed};
use crate::client::Client;
use crate::cluster::Cluster;
use crate::place::Place;
use crate::server::UNTHROTTLED;

/// PostgreSQL is stopped at once in the middle of rotations and sign-outs, and started again. Its nodes go on without a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i1_i6_what_was_acknowledged_survives_a_crash_of_the_database() {
    let mut cluster = Cluster::start();
    let place = Place::at(cluster.url());
    let seed = seed();
    let random = Arc::new(SeededEntropy::new(seed));
    let nodes = Nodes::start(&[place.node(0), place.node(1)], &UNTHROTTLED);
    let mut residents = move_in(nodes.client(0), &random).await;
    for round in 0..3 {
        let mut leavers = Vec::new();
        for kind in [Kind::Api, Kind::Browser, Kind::Api] {
            leavers.push(
                Person::sign_up(nodes.client(1), kind, &address(&random))
                    .await
                    .unwrap(),
            );
        }
        let crash = Crash::default();
        let mut refreshing = JoinSet::new();
        for (number, resident) in residents.drain(..).enumerate() {
            let client = nodes.client(number).clone();
            refreshing.spawn(resident.refresh_through(crash.clone(), client, random.clone()));
        }
        crash.acknowledged(20 + random.next() % 100).await;
        let mut leaving = JoinSet::new();
        for (number, leaver) in leavers.into_iter().enumerate() {
            let client = nodes.client(number).clone();
            leaving.spawn(async move {
                leaver.sign_out(&client).await.unwrap();
                leaver
            });
        }
        cluster.crash();
        crash.acknowledgements.forget_permits(usize::MAX);
        println!("seed {seed}, round {round}: crashed");
        cluster.start_again();
        crash.acknowledged(50).await;
        crash.over.store(true, Ordering::SeqCst);
        residents = refreshing.join_all().await;
        for (number, resident) in residents.iter_mut().enumerate() {
            resident
                .is_still_signed_in(nodes.client(number + 1), &random)
                .await;
        }
        for (number, leaver) in leaving.join_all().await.into_iter().enumerate() {
            leaver.is_signed_out(nodes.client(number + 1)).await;
        }
    }
}

/// What goes on around a crash of the database.
#[derive(Clone)]
struct Crash {
    acknowledgements: Arc<Semaphore>,
    over: Arc<AtomicBool>,
}

impl Default for Crash {
    fn default() -> Self {
        Self {
            acknowledgements: Arc::new(Semaphore::new(0)),
            over: Arc::default(),
        }
    }
}

impl Crash {
    /// Waits for so many further ones.
    async fn acknowledged(&self, count: u64) {
        let count = u32::try_from(count).unwrap();
        self.acknowledgements.acquire_many(count).await.unwrap().forget();
    }
}

impl Person {
    /// Refreshes until told that it is over; the server lives on, so that every refresh is answered at last.
    async fn refresh_through(mut self, crash: Crash, client: Client, random: Arc<SeededEntropy>) -> Self {
        while !crash.over.load(Ordering::SeqCst) {
            self.refresh(&client, &random).await.unwrap();
            crash.acknowledgements.add_permits(1);
        }
        self
    }
}
