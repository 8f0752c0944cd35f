//! R5.4: keys are rotated under load, and no request fails.
//!
//! People keep asking and refreshing, an application keeps verifying by the public keys as it fetched them, and meanwhile the
//! command line rotates the keys of access tokens and of refresh tokens. On one node, and on two over one database, whose people go from
//! one node to the other with each request. Time is moved by hand.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jiff::Timestamp;
use keyturn_token::{Jwk, VerificationKey, Verifier};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::cli::{failed, keyturn};
use crate::client::{Answer, Client};
use crate::patience::patiently;
use crate::place::{Engine, Place};
use crate::server::{Server, UNTHROTTLED};

const PASSWORD: &str = "a heron that stands still";
const PEOPLE: usize = 6;

async fn signed_up(client: &Client, name: &str) -> Answer {
    let body = json!({ "email": format!("{name}@example.org"), "password": PASSWORD });
    client.ask("/auth/signup", body).await.expect(201)
}

/// `alg` and `kid` of a token.
fn header(token: &str) -> (String, String) {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let json = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&json).unwrap();
    (
        header["alg"].as_str().unwrap().to_owned(),
        header["kid"].as_str().unwrap().to_owned(),
    )
}

async fn public_keys(client: &Client) -> Vec<Jwk> {
    let answer = client.get("/.well-known/jwks.json").send().await.expect(200);
    assert_eq!(answer.headers["cache-control"], "public, max-age=300");
    assert_eq!(answer.headers["content-type"], "application/jwk-set+json");
    assert!(
        !answer.text.contains("\"d\"") && !answer.text.contains("oct"),
        "{}",
        answer.text
    );
    serde_json::from_value(answer.body["keys"].clone()).unwrap()
}

fn verifies(keys: &[Jwk], token: &str) -> bool {
    let verifier = keys
        .iter()
        .fold(Verifier::new("http://localhost"), |verifier, jwk| {
            verifier.with_key(VerificationKey::from_jwk(jwk).unwrap())
        });
    verifier.verify(token, Timestamp::MIN).is_ok()
}

/// Waits until the server has read rows that were written by the command line: the public set is of this size.
async fn until_shown(client: &Client, keys: usize) -> Vec<Jwk> {
    for _ in patiently() {
        let shown = public_keys(client).await;
        if shown.len() == keys {
            return shown;
        }
    }
    panic!("never {keys} public keys")
}

/// One server, or several over one database: to their people they are one.
struct Nodes {
    servers: Vec<Server>,
    clients: Vec<Client>,
    ops: Vec<Client>,
}

impl Nodes {
    fn start(data_dirs: &[PathBuf]) -> Self {
        let flags = [
            &["--virtual-clock"],
            &UNTHROTTLED[..],
            &["--set", "jwt.algorithm=EdDSA"],
        ]
        .concat();
        let servers: Vec<_> = data_dirs
            .iter()
            .map(|data_dir| Server::start(data_dir, &flags))
            .collect();
        let to = |url: fn(&Server) -> &str| servers.iter().map(|server| Client::to(url(server))).collect();
        Self {
            clients: to(Server::url),
            ops: to(Server::ops),
            servers,
        }
    }

    /// Signs up on each node.
    async fn newcomers(&self, name: &str) -> Vec<Answer> {
        let mut answers = Vec::new();
        for (number, client) in self.clients.iter().enumerate() {
            answers.push(signed_up(client, &format!("{name}-{number}")).await);
        }
        answers
    }

    async fn until_shown(&self, keys: usize) -> Vec<Jwk> {
        let mut shown = Vec::new();
        for client in &self.clients {
            shown = until_shown(client, keys).await;
        }
        shown
    }

    async fn advance(&self, by: &str) {
        for ops in &self.ops {
            ops.advance(by).await;
        }
    }

    /// A token that one node made is good on all.
    async fn accept(&self, token: &str) {
        for client in &self.clients {
            client.get("/auth/session").bearer(token).send().await.expect(200);
        }
    }
}

/// People who ask and refresh until they are told to stop. Every answer must be a good one.
struct Crowd {
    stop: Arc<AtomicBool>,
    rounds: Arc<AtomicUsize>,
    people: JoinSet<()>,
}

impl Crowd {
    async fn gather(nodes: &Nodes) -> Self {
        let (stop, rounds) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let mut people = JoinSet::new();
        for number in 0..PEOPLE {
            let signed_up = signed_up(&nodes.clients[0], &format!("person-{number}")).await;
            let person = person(nodes.clients.clone(), signed_up, stop.clone(), rounds.clone());
            people.spawn(person);
        }
        Self { stop, rounds, people }
    }

    /// Waits until everybody may have been served again since now.
    async fn goes_on(&self) {
        let enough = self.rounds.load(Ordering::SeqCst) + 3 * PEOPLE;
        while self.rounds.load(Ordering::SeqCst) < enough {
            assert!(!self.people.is_empty());
            tokio::task::yield_now().await;
        }
    }

    async fn disperse(mut self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(gone) = self.people.join_next().await {
            gone.unwrap();
        }
        self.rounds.load(Ordering::SeqCst)
    }
}

/// Asks another node with each request.
async fn person(clients: Vec<Client>, mut tokens: Answer, stop: Arc<AtomicBool>, rounds: Arc<AtomicUsize>) {
    let mut clients = clients.iter().cycle();
    let mut next = || clients.next().unwrap();
    while !stop.load(Ordering::SeqCst) {
        for _ in 0..4 {
            let asked = next().get("/auth/session").bearer(tokens.field("access_token"));
            let answer = asked.send().await;
            // Time was moved past the token's end meanwhile: no fault of a key.
            if answer.status == 401 && answer.field("code") == "token-expired" {
                break;
            }
            answer.expect(200);
        }
        let body = json!({ "refresh_token": tokens.field("refresh_token") });
        tokens = next().ask("/auth/refresh", body).await.expect(200);
        rounds.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r5_4_keys_are_rotated_under_load_and_no_request_fails() {
    let place = Place::on(Engine::Sqlite).await;
    rotate_under_load(&Nodes::start(&[place.data_dir()])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r5_4_keys_are_rotated_under_load_on_two_nodes_and_no_request_fails() {
    let place = Place::on(Engine::Postgres).await;
    rotate_under_load(&Nodes::start(&[place.node(0), place.node(1)])).await;
}

async fn rotate_under_load(nodes: &Nodes) {
    let crowd = Crowd::gather(nodes).await;
    let ann = signed_up(&nodes.clients[0], "ann").await;
    let (algorithm, old) = header(ann.field("access_token"));
    assert_eq!(algorithm, "EdDSA");

    let rotate = ["--set", "jwt.algorithm=EdDSA", "key", "rotate", "--json"];
    let access = nodes.servers[0].command(&rotate, "").json();
    let refresh = nodes.servers[0]
        .command(&[&rotate[..], &["refresh"]].concat(), "")
        .json();
    assert_eq!(
        (&access["purpose"], &refresh["purpose"]),
        (&json!("access"), &json!("refresh"))
    );
    crowd.goes_on().await;
    let fetched = nodes.until_shown(2).await;
    for bob in nodes.newcomers("bob").await {
        assert_eq!(
            header(bob.field("access_token")).1,
            old,
            "published, and not yet used"
        );
    }

    // The first node's clock comes to the change-over before the others'. The application keeps the set as it fetched it before.
    nodes.advance("15m").await;
    crowd.goes_on().await;
    nodes.ops[0].advance("5m").await;
    crowd.goes_on().await;
    let carols = nodes.newcomers("carol").await;
    let signed_by: Vec<_> = carols
        .iter()
        .map(|carol| header(carol.field("access_token")).1)
        .collect();
    let new = access["kid"].as_str().unwrap();
    assert_eq!(signed_by[0], new);
    assert!(signed_by.iter().skip(1).all(|kid| *kid == old), "{signed_by:?}");
    for carol in &carols {
        nodes.accept(carol.field("access_token")).await;
        assert!(verifies(&fetched, carol.field("access_token")));
    }
    for ops in nodes.ops.iter().skip(1) {
        ops.advance("5m").await;
    }
    crowd.goes_on().await;
    for dora in nodes.newcomers("dora").await {
        assert_eq!(header(dora.field("access_token")).1, new);
    }
    assert!(verifies(&fetched, ann.field("access_token")));

    // Ann was away; her session goes on under its old refresh key, and the old access key is shown no more.
    nodes.advance("34m").await;
    crowd.goes_on().await;
    assert_eq!(nodes.until_shown(1).await.len(), 1);
    let body = json!({ "refresh_token": ann.field("refresh_token") });
    let ann = nodes.clients[0].ask("/auth/refresh", body).await.expect(200);
    assert!(!verifies(&fetched[..0], ann.field("access_token")));
    assert_eq!(header(ann.field("access_token")).1, new);
    nodes.accept(ann.field("access_token")).await;
    assert!(crowd.disperse().await > 9 * PEOPLE);
    for server in &nodes.servers {
        assert!(!server.logs().contains(" ERROR "), "{}", server.logs());
    }
}

#[tokio::test]
async fn r5_4_keys_are_listed_and_retired_by_the_command_line() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let at = data.to_str().unwrap();
    failed(
        &keyturn(folder.path(), &["--data-dir", at, "key", "list"]),
        69,
        "keyturn migrate",
    );
    assert!(!data.exists(), "a command that finds no database makes no secret");
    let server = Server::start(&data, &["--set", "jwt.algorithm=ES256"]);
    let client = Client::to(server.url());
    let ann = signed_up(&client, "ann").await;
    let (algorithm, kid) = header(ann.field("access_token"));
    assert_eq!(algorithm, "ES256");

    let listed = server.command(&["key", "list", "--json"], "").json();
    let states: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|key| (&key["purpose"], &key["state"]))
        .collect();
    let (access, refresh) = (json!("access"), json!("refresh"));
    assert_eq!(
        states,
        [
            (&access, &json!("verifying")),
            (&access, &json!("signing")),
            (&refresh, &json!("signing"))
        ]
    );
    let run = |args: &[&str]| keyturn(folder.path(), &[&["--data-dir", at, "key"], args].concat());
    failed(&run(&["retire", "--", &kid]), 1, "is in use");
    failed(&run(&["rotate", "everything"]), 64, "access or refresh");
    // After a theft: at once, and the old one is good for nothing.
    let rotated = server
        .command(
            &["--set", "jwt.algorithm=ES256", "key", "rotate", "--now", "--json"],
            "",
        )
        .json();
    failed(&run(&["retire", "--", &kid]), 1, "can live until");
    server.command(&["key", "retire", "--force", "--", &kid], "");
    let mut shown = Vec::new();
    for _ in patiently() {
        shown = public_keys(&client).await;
        if shown.len() == 1 && shown[0].thumbprint() != kid {
            break;
        }
    }
    assert_eq!(shown[0].thumbprint(), rotated["kid"].as_str().unwrap());
    let refused = client
        .get("/auth/session")
        .bearer(ann.field("access_token"))
        .send()
        .await
        .expect(401);
    assert_eq!(refused.field("code"), "token-unknown");
    let body = json!({ "refresh_token": ann.field("refresh_token") });
    let ann = client.ask("/auth/refresh", body).await.expect(200);
    assert!(!ann.field("access_token").is_empty());
    let text = server.command(&["key", "list"], "").stdout;
    assert!(text.contains("retired") && text.contains("signing"), "{text}");
}
