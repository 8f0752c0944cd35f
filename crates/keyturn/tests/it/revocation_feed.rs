//! The revocation feed: other services' processes follow the real server, which is cut off, killed, and replaced by another node.

use std::path::Path;

use serde_json::{Value, json};

use crate::client::Client;
use crate::place::{Engine, Place};
use crate::proxy::{Proxy, Way};
use crate::server::{Server, command};
use crate::verifier_process::{Setup, Stale, VerifierProcess};

const PASSWORD: &str = "nine lives of a patient cat";
const FLAGS: [&str; 6] = [
    "--set",
    "throttle.enabled=false",
    "--set",
    "jwt.algorithm=EdDSA",
    "--set",
    "jwt.issuer=https://id.example.org",
];
const LIVE: &str = "live ann@example.org";
const SIGNED_OUT: &str = "ended signed_out";

/// A node, and Ann's tokens there.
struct Scene {
    server: Server,
    client: Client,
    secret: String,
}

impl Scene {
    async fn on(data: &Path) -> Self {
        let server = Server::start(data, &FLAGS);
        let client = Client::to(server.url());
        let scopes = ["--scope", "changes:sessions", "--scope", "introspect", "--json"];
        let added = server.command(&[&["service", "add", "verifier"], &scopes[..]].concat(), "");
        let ann = json!({ "email": "ann@example.org", "password": PASSWORD });
        client.ask("/auth/signup", ann).await.expect(201);
        Self {
            secret: added.json()["secret"].as_str().unwrap().to_owned(),
            server,
            client,
        }
    }

    async fn sign_in(&self) -> String {
        sign_in(&self.client).await
    }

    async fn sign_out(&self, access: &str) {
        let asked = self.client.post("/auth/signout").bearer(access);
        asked.send().await.expect(204);
    }

    /// A process that follows by this way.
    fn verifier(&self, feed: &str, stale: Stale) -> VerifierProcess {
        VerifierProcess::start(&Setup {
            keyturn: address(&self.server),
            feed: feed.to_owned(),
            secret: self.secret.clone(),
            stale,
        })
    }
}

async fn sign_in(client: &Client) -> String {
    let ann = json!({ "email": "ann@example.org", "password": PASSWORD });
    let signed_in = client.ask("/auth/signin", ann).await.expect(200);
    signed_in.field("access_token").to_owned()
}

fn address(server: &Server) -> String {
    server.url().replace("//localhost", "//127.0.0.1")
}

async fn way_to(server: &Server) -> Proxy {
    let address = address(server);
    Proxy::to(address.trim_start_matches("http://").parse().unwrap()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r2_4_a_sign_out_is_felt_by_ten_processes_that_follow_and_nobody_else_is_signed_out() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let scene = Scene::on(&place.data_dir()).await;
        let (leaves, stays) = (scene.sign_in().await, scene.sign_in().await);
        let start = |_| scene.verifier(&address(&scene.server), Stale::Closed);
        let mut processes: Vec<_> = (0..10).map(start).collect();
        for process in &mut processes {
            process.ask_until(&leaves, LIVE);
        }
        scene.sign_out(&leaves).await;
        for process in &mut processes {
            process.ask_until(&leaves, SIGNED_OUT);
            process.ask_until(&stays, LIVE);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r2_4_a_feed_that_is_cut_leaves_each_process_to_its_policy_and_nothing_is_missed() {
    for way in [Way::Cut, Way::Swallowing] {
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene::on(&folder.path().join("data")).await;
        let (leaves, stays) = (scene.sign_in().await, scene.sign_in().await);
        let proxy = way_to(&scene.server).await;
        let process = |stale| {
            let mut process = scene.verifier(&proxy.url(), stale);
            process.ask_until(&leaves, LIVE);
            process
        };
        let (mut closed, mut open, mut asks) =
            (process(Stale::Closed), process(Stale::Open), process(Stale::Asks));

        proxy.set(way);
        scene.sign_out(&leaves).await;
        closed.ask_until(&leaves, "verification-unavailable");
        asks.ask_until(&leaves, "token-expired");
        assert_eq!(closed.ask(&stays), "verification-unavailable", "{way:?}");
        assert_eq!(asks.ask(&stays), LIVE, "{way:?}");
        for token in [&leaves, &stays] {
            assert_eq!(open.ask(token), LIVE, "{way:?}");
        }

        proxy.set(Way::Open);
        for process in [&mut closed, &mut open, &mut asks] {
            process.ask_until(&leaves, SIGNED_OUT);
            process.ask_until(&stays, LIVE);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r2_4_who_follows_goes_on_at_another_node_and_has_missed_nothing() {
    let place = Place::on(Engine::Postgres).await;
    let scene = Scene::on(&place.node(0)).await;
    let other = Server::start(&place.node(1), &FLAGS);
    let there = Client::to(other.url());
    let tokens = [
        scene.sign_in().await,
        scene.sign_in().await,
        scene.sign_in().await,
    ];
    let [before, meanwhile, after] = &tokens;
    let proxy = way_to(&scene.server).await;
    let mut process = scene.verifier(&proxy.url(), Stale::Closed);
    process.ask_until(after, LIVE);
    scene.sign_out(before).await;
    process.ask_until(before, SIGNED_OUT);

    proxy.set(Way::Cut);
    scene.server.kill_9();
    let end = |token: &str| there.post("/auth/signout").bearer(token).send();
    end(meanwhile).await.expect(204);
    process.ask_until(meanwhile, "verification-unavailable");
    proxy.lead_to(address(&other).trim_start_matches("http://").parse().unwrap());
    proxy.set(Way::Open);
    process.ask_until(meanwhile, SIGNED_OUT);
    process.ask_until(after, LIVE);
    assert_eq!(process.ask(before), SIGNED_OUT);
    end(after).await.expect(204);
    process.ask_until(after, SIGNED_OUT);
}

/// What the command line ends while no server runs is told once one does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r2_4_nothing_is_missed_over_kill_9_and_a_new_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let scene = Scene::on(&data).await;
    let leaves = scene.sign_in().await;
    let proxy = way_to(&scene.server).await;
    let mut process = scene.verifier(&proxy.url(), Stale::Closed);
    process.ask_until(&leaves, LIVE);
    proxy.set(Way::Cut);
    scene.server.kill_9();
    command(
        &data,
        &["session", "end", "--user", "ann@example.org", "--json"],
        "",
    );
    let server = Server::start(&data, &FLAGS);
    let stays = sign_in(&Client::to(server.url())).await;
    proxy.lead_to(address(&server).trim_start_matches("http://").parse().unwrap());
    proxy.set(Way::Open);
    process.ask_until(&leaves, "ended admin");
    process.ask_until(&stays, LIVE);
}

/// A copy of an earlier time takes the place of the database: tokens of before have to be refreshed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r2_4_tokens_of_before_a_restore_are_no_good_without_a_refresh() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let scene = Scene::on(&data).await;
    let copied = scene.sign_in().await;
    let copy = folder.path().join("copy.db");
    scene.server.command(&["backup", copy.to_str().unwrap()], "");
    let lost = scene.sign_in().await;
    let proxy = way_to(&scene.server).await;
    let mut process = scene.verifier(&proxy.url(), Stale::Closed);
    process.ask_until(&lost, LIVE);
    proxy.set(Way::Cut);
    scene.server.stop();
    command(&data, &["restore", "--force", copy.to_str().unwrap()], "");
    let server = Server::start(&data, &FLAGS);
    proxy.lead_to(address(&server).trim_start_matches("http://").parse().unwrap());
    proxy.set(Way::Open);
    process.ask_until(&lost, "token-expired");
    assert_eq!(process.ask(&copied), "ended admin", "the restore ended it");
    let client = Client::to(server.url());
    // A token of the very second in which the history was first read counts as one of before.
    let fresh = loop {
        let token = sign_in(&client).await;
        if process.ask(&token) == LIVE {
            break token;
        }
    };
    process.ask_until(&fresh, LIVE);
}

/// Reads a stream until an event of this name, or its end.
async fn read_until(stream: &mut reqwest::Response, name: &str) -> Option<String> {
    let mut text = String::new();
    while let Some(chunk) = stream.chunk().await.unwrap() {
        text.push_str(&String::from_utf8_lossy(&chunk));
        if text.contains(&format!("event: {name}\n")) {
            return Some(text);
        }
    }
    None
}

async fn follow(scene: &Scene) -> reqwest::Response {
    let url = format!("{}/auth/changes", address(&scene.server));
    let asked = reqwest::Client::new().get(url).bearer_auth(&scene.secret);
    asked.send().await.unwrap()
}

#[tokio::test]
async fn streams_are_counted_bounded_and_do_not_hold_up_the_end_of_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = "[revocation]\nmax_followers = 1\n";
    std::fs::write(folder.path().join("keyturn.toml"), config).unwrap();
    let scene = Scene::on(&data).await;
    let mut stream = follow(&scene).await;
    assert_eq!(stream.status(), 200);
    let begun = read_until(&mut stream, "ready").await.unwrap();
    assert!(begun.contains("event: snapshot\n"), "{begun}");
    assert!(read_until(&mut stream, "heartbeat").await.is_some());
    let refused = follow(&scene).await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "busy", "{problem}");

    let metrics = Client::to(scene.server.ops())
        .get("/metrics")
        .send()
        .await
        .expect(200);
    for line in ["keyturn_feed_followers 1", "keyturn_feed_refused_total 1"] {
        assert!(metrics.text.contains(line), "{line}: {}", metrics.text);
    }
    scene.server.ask_to_stop();
    assert!(
        read_until(&mut stream, "nothing").await.is_none(),
        "the stream ends"
    );
    assert_eq!(scene.server.stopped(), "");
    let log = crate::server::logs(&data);
    assert!(!log.contains("still in flight"), "{log}");
}

#[tokio::test]
async fn a_service_that_was_removed_is_told_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::on(&folder.path().join("data")).await;
    let mut stream = follow(&scene).await;
    assert!(read_until(&mut stream, "ready").await.is_some());
    scene
        .server
        .command(&["service", "remove", "verifier", "--json"], "");
    assert!(
        read_until(&mut stream, "nothing").await.is_none(),
        "the stream ends"
    );
    assert_eq!(follow(&scene).await.status(), 401);
}
