//! kill -9 under load, and a restart on the same data: what was acknowledged is there, and nobody honest is signed out. Over a shared
//! database two nodes are killed ([`under_load`]), and in a test of its own the database itself ([`database`]); a first start is cut
//! short too ([`first_start`]).
//!
//! People ([`person`]) refresh, sign up and sign out ([`visit`]) as fast as they can, each retrying what was not answered as a good
//! client does: the same token with the same proof. After a seeded number of acknowledgements the server is killed while their requests
//! are in flight. `KEYTURN_SEED` repeats a run's choices (not its timing), `KEYTURN_SOAK=1` makes it 300 rounds.

mod database;
mod first_start;
mod person;
mod under_load;
mod visit;

use std::path::PathBuf;
use std::sync::Arc;

use keyturn_testkit::entropy::SeededEntropy;

use self::person::{Kind, Person};
use crate::client::Client;
use crate::server::Server;

/// People who stay signed in through all rounds: of each kind so many.
const RESIDENTS: u64 = 5;

/// The servers of a round.
struct Nodes {
    servers: Vec<Server>,
    clients: Vec<Client>,
}

impl Nodes {
    fn start(folders: &[PathBuf], flags: &[&str]) -> Self {
        let servers: Vec<_> = folders
            .iter()
            .map(|folder| Server::start(folder, flags))
            .collect();
        let clients = servers.iter().map(|server| Client::to(server.url())).collect();
        Self { servers, clients }
    }

    /// Whom the person of this number talks to.
    fn client(&self, number: usize) -> &Client {
        &self.clients[number % self.clients.len()]
    }

    fn kill_9(self) {
        self.servers.into_iter().for_each(Server::kill_9);
    }
}

/// From the environment, to repeat a run, or a new one.
#[expect(
    clippy::disallowed_methods,
    reason = "each run explores other moments; the seed is printed, so that it can be repeated"
)]
fn seed() -> u64 {
    let given = std::env::var("KEYTURN_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| getrandom::u64().unwrap())
}

async fn move_in(client: &Client, random: &Arc<SeededEntropy>) -> Vec<Person> {
    let mut residents = Vec::new();
    for kind in [Kind::Api, Kind::Browser] {
        for _ in 0..RESIDENTS {
            residents.push(Person::sign_up(client, kind, &address(random)).await.unwrap());
        }
    }
    residents
}

fn address(random: &SeededEntropy) -> String {
    format!("{:016x}@example.org", random.next())
}
