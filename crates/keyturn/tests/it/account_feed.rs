//! A service that keeps something of people follows accounts: it hears from the real server what becomes of them, also of what happened
//! while it was away, and again what it could not take in.

use std::mem;
use std::sync::{Arc, Mutex};

use keyturn_verifier::{AccountChange, AccountEvent, AccountFeed, AccountSubscriber, Taking};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::client::Client;
use crate::patience::PATIENCE;
use crate::place::{Engine, Place};
use crate::server::Server;

const PASSWORD: &str = "nine lives of a patient cat";
const FLAGS: [&str; 2] = ["--set", "throttle.enabled=false"];

/// What a service was told.
#[derive(Debug)]
enum Told {
    Snapshot,
    Change { event: AccountEvent, position: String },
}

/// Hands on what it is told; once, it can't take a deletion in.
struct Service {
    told: mpsc::UnboundedSender<Told>,
    fails_at_a_deletion: Mutex<bool>,
}

impl AccountSubscriber for Service {
    fn snapshot(&self) -> Taking<'_> {
        self.told.send(Told::Snapshot).unwrap();
        Box::pin(async { Ok(()) })
    }

    fn changed<'a>(&'a self, event: AccountEvent, position: &'a str) -> Taking<'a> {
        let fails = event.change == AccountChange::Deleted
            && mem::take(&mut *self.fails_at_a_deletion.lock().unwrap());
        if !fails {
            let position = position.to_owned();
            self.told.send(Told::Change { event, position }).unwrap();
        }
        Box::pin(async move {
            match fails {
                true => Err("the disk is full, for once".into()),
                false => Ok(()),
            }
        })
    }
}

/// A service at work, which goes on from its last position.
struct Following {
    told: mpsc::UnboundedReceiver<Told>,
    _feed: AccountFeed,
}

impl Following {
    fn from(position: Option<String>, server: &Server, secret: &str) -> Self {
        let url = server.url().replace("//localhost", "//127.0.0.1") + "/auth/changes";
        let (sender, told) = mpsc::unbounded_channel();
        let service = Arc::new(Service {
            told: sender,
            fails_at_a_deletion: Mutex::new(true),
        });
        Self {
            told,
            _feed: AccountFeed::start(&url, secret, position, service).unwrap(),
        }
    }

    async fn begins_anew(&mut self) {
        let told = self.next().await;
        assert!(matches!(told, Told::Snapshot), "{told:?}");
    }

    /// The next change, which must be this one; where to go on after it.
    async fn hears(&mut self, change: AccountChange, user_id: &str, state: Option<&str>) -> String {
        let told = self.next().await;
        let Told::Change { event, position } = told else {
            panic!("{told:?} instead of {change:?}")
        };
        assert_eq!(
            (event.change, event.user_id.as_str(), event.state.as_deref()),
            (change, user_id, state)
        );
        position
    }

    async fn next(&mut self) -> Told {
        let told = timeout(PATIENCE, self.told.recv()).await;
        told.expect("it was told nothing").unwrap()
    }
}

/// A new account: its id, and a token.
async fn sign_up(client: &Client, email: &str) -> (String, String) {
    let signed_up = client.sign_up(email, PASSWORD).await;
    let id = signed_up.field("user_id").to_owned();
    (id, signed_up.field("access_token").to_owned())
}

#[tokio::test]
async fn r5_1_a_service_hears_what_becomes_of_accounts_also_of_what_happened_while_it_was_away() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let server = Server::start(&place.data_dir(), &FLAGS);
        let client = Client::to(server.url());
        let added = [
            "service",
            "add",
            "archive",
            "--scope",
            "changes:accounts",
            "--json",
        ];
        let secret = server.command(&added, "").json()["secret"]
            .as_str()
            .unwrap()
            .to_owned();
        let (ann, ann_access) = sign_up(&client, "ann@example.org").await;

        let mut archive = Following::from(None, &server, &secret);
        archive.begins_anew().await;
        archive.hears(AccountChange::Created, &ann, Some("active")).await;
        let (bob, bob_access) = sign_up(&client, "bob@example.org").await;
        archive.hears(AccountChange::Created, &bob, Some("active")).await;
        let suspend = ["user", "set-state", "ann@example.org", "suspended", "--json"];
        server.command(&suspend, "");
        let position = archive.hears(AccountChange::State, &ann, Some("suspended")).await;
        client
            .get("/auth/session")
            .bearer(&ann_access)
            .send()
            .await
            .expect_ended("account_state");
        drop(archive);

        client.delete_account(&bob_access, PASSWORD).await;
        let (cid, _) = sign_up(&client, "cid@example.org").await;
        server.stop();
        let server = Server::start(&place.data_dir(), &FLAGS);
        let mut archive = Following::from(Some(position), &server, &secret);
        // Told twice: it could not take it in the first time.
        archive.hears(AccountChange::Deleted, &bob, None).await;
        archive.hears(AccountChange::Created, &cid, Some("active")).await;
        server.stop();
    }
}
