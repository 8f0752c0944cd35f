//! A first start that is killed before it is over.

use std::thread;

use keyturn_testkit::entropy::SeededEntropy;
use tempfile::TempDir;

use super::person::{Kind, Person};
use super::seed;
use crate::client::Client;
use crate::server::{self, Server};

/// What a first start leaves in its folder, in this order; the folder itself first.
const SIGNS_OF_A_START: [&str; 4] = ["", "keyturn.db", "keyturn.db-wal", "master.secret"];

/// A first start that is cut short anywhere leaves a folder on which the next one succeeds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_a_first_start_that_was_killed_is_taken_up_by_the_next() {
    let seed = seed();
    let random = SeededEntropy::new(seed);
    for round in 0..12 {
        let folder = TempDir::new().unwrap();
        let data_dir = folder.path().join("data");
        let mut first = server::spawn(&data_dir, &[]);
        let sign = data_dir.join(SIGNS_OF_A_START[round % SIGNS_OF_A_START.len()]);
        while !sign.exists() {
            assert!(first.try_wait().unwrap().is_none(), "{}", server::logs(&data_dir));
            thread::yield_now();
        }
        let spins = random.next() % 5_000;
        println!("seed {seed}, round {round}: killed {spins} turns after {sign:?}");
        (0..spins).for_each(|_| thread::yield_now());
        first.kill().unwrap();
        first.wait().unwrap();
        let server = Server::start(&data_dir, &[]);
        let client = Client::to(server.url());
        let person = Person::sign_up(&client, Kind::Api, "first@example.org")
            .await
            .unwrap();
        server.kill_9();
        let server = Server::start(&data_dir, &[]);
        assert_eq!(person.session(&Client::to(server.url())).await.generation(), 0);
    }
}
