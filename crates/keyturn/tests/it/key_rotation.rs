//! R5.4: keys are rotated under load, and no request fails.
//!
//! People keep asking and refreshing, an application keeps verifying by the public keys as it fetched them, and meanwhile the
//! command line rotates the keys of access tokens and of refresh tokens. Time is moved by hand, and only between two rounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jiff::Timestamp;
use keyturn_token::{Jwk, VerificationKey, Verifier};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::cli::{failed, keyturn};
use crate::client::{Answer, Client};
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
    loop {
        let shown = public_keys(client).await;
        if shown.len() == keys {
            return shown;
        }
        tokio::task::yield_now().await;
    }
}

/// People who ask and refresh until they are told to stop. Every answer must be a good one.
struct Crowd {
    stop: Arc<AtomicBool>,
    rounds: Arc<AtomicUsize>,
    people: JoinSet<()>,
}

impl Crowd {
    async fn gather(client: &Client) -> Self {
        let (stop, rounds) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let mut people = JoinSet::new();
        for number in 0..PEOPLE {
            let signed_up = signed_up(client, &format!("person-{number}")).await;
            let person = person(client.clone(), signed_up, stop.clone(), rounds.clone());
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

async fn person(client: Client, mut tokens: Answer, stop: Arc<AtomicBool>, rounds: Arc<AtomicUsize>) {
    while !stop.load(Ordering::SeqCst) {
        for _ in 0..3 {
            let asked = client.get("/auth/session").bearer(tokens.field("access_token"));
            let answer = asked.send().await;
            // Time was moved past the token's end meanwhile: no fault of a key.
            if answer.status == 401 && answer.field("code") == "token-expired" {
                break;
            }
            answer.expect(200);
        }
        let body = json!({ "refresh_token": tokens.field("refresh_token") });
        tokens = client.ask("/auth/refresh", body).await.expect(200);
        rounds.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r5_4_keys_are_rotated_under_load_and_no_request_fails() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let clock = ["--virtual-clock", "--set", "ops.listen=127.0.0.1:0"];
    let flags = [&clock[..], &UNTHROTTLED, &["--set", "jwt.algorithm=EdDSA"]].concat();
    let server = Server::start(&data, &flags);
    let (client, ops) = (Client::to(server.url()), Client::to(server.ops()));
    let crowd = Crowd::gather(&client).await;
    let ann = signed_up(&client, "ann").await;
    let (algorithm, old) = header(ann.field("access_token"));
    assert_eq!(algorithm, "EdDSA");

    let rotate = ["--set", "jwt.algorithm=EdDSA", "key", "rotate", "--json"];
    let access = server.command(&rotate, "").json();
    let refresh = server.command(&[&rotate[..], &["refresh"]].concat(), "").json();
    assert_eq!(
        (&access["purpose"], &refresh["purpose"]),
        (&json!("access"), &json!("refresh"))
    );
    crowd.goes_on().await;
    let fetched = until_shown(&client, 2).await;
    assert_eq!(
        header(signed_up(&client, "bob").await.field("access_token")).1,
        old
    );

    // The application keeps the set as it fetched it before the new key signs.
    ops.advance("16m").await;
    crowd.goes_on().await;
    let carol = signed_up(&client, "carol").await;
    assert_eq!(
        header(carol.field("access_token")).1,
        access["kid"].as_str().unwrap()
    );
    assert!(
        [&ann, &carol]
            .iter()
            .all(|answer| verifies(&fetched, answer.field("access_token")))
    );

    // Ann was away; her session goes on under its old refresh key, and the old access key is shown no more.
    ops.advance("36m").await;
    crowd.goes_on().await;
    assert_eq!(until_shown(&client, 1).await.len(), 1);
    let body = json!({ "refresh_token": ann.field("refresh_token") });
    let ann = client.ask("/auth/refresh", body).await.expect(200);
    assert!(!verifies(&[], ann.field("access_token")));
    assert!(crowd.disperse().await > 9 * PEOPLE);
    assert!(!server.logs().contains(" ERROR "), "{}", server.logs());
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
    failed(&run(&["retire", &kid]), 1, "is in use");
    failed(&run(&["rotate", "everything"]), 64, "access or refresh");
    // After a theft: at once, and the old one is good for nothing.
    let rotated = server
        .command(
            &["--set", "jwt.algorithm=ES256", "key", "rotate", "--now", "--json"],
            "",
        )
        .json();
    failed(&run(&["retire", &kid]), 1, "can live until");
    server.command(&["key", "retire", &kid, "--force"], "");
    let shown = loop {
        let shown = public_keys(&client).await;
        if shown.len() == 1 && shown[0].thumbprint() != kid {
            break shown;
        }
        tokio::task::yield_now().await;
    };
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
