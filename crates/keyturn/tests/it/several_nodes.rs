//! Several servers over one database: to their users they are one.

use std::collections::BTreeSet;
use std::fs;

use serde_json::json;
use tokio::task::JoinSet;

use crate::browser::Browser;
use crate::cli::{keyturn, keyturn_with};
use crate::client::{Answer, Client, REFRESH};
use crate::patience::patiently;
use crate::place::{Engine, Place};
use crate::server::{Server, UNTHROTTLED};

const PASSWORD: &str = "nine lives of a patient cat";

/// Nodes with the ways to them.
struct Nodes {
    servers: Vec<Server>,
    clients: Vec<Client>,
    place: Place,
}

impl Nodes {
    async fn start(count: usize, flags: &[&str]) -> Self {
        let place = Place::on(Engine::Postgres).await;
        // All at once, on a database without a schema.
        let starting: Vec<_> = (0..count)
            .map(|number| {
                let (data_dir, flags) = (place.node(number), flags.iter().map(|&flag| flag.to_owned()));
                let flags: Vec<String> = flags.collect();
                tokio::task::spawn_blocking(move || {
                    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
                    Server::start(&data_dir, &flags)
                })
            })
            .collect();
        let mut servers = Vec::new();
        for started in starting {
            servers.push(started.await.unwrap());
        }
        let clients = servers.iter().map(|server| Client::to(server.url())).collect();
        Self {
            servers,
            clients,
            place,
        }
    }

    async fn sign_up(&self, node: usize, email: &str) -> Answer {
        let body = json!({ "email": email, "password": PASSWORD });
        self.clients[node].ask("/auth/signup", body).await.expect(201)
    }

    async fn browser(&self, node: usize, email: &str) -> Browser {
        let mut browser = Browser::open(&self.clients[node]).await.unwrap();
        let body = json!({ "email": email, "password": PASSWORD });
        browser
            .ask(&self.clients[node], "/auth/signin", body)
            .await
            .expect(200);
        browser
    }

    async fn session(&self, node: usize, access: &str) -> Answer {
        self.clients[node]
            .get("/auth/session")
            .bearer(access)
            .send()
            .await
    }

    async fn is_refused_soon(&self, node: usize, access: &str, reason: &str) {
        for _ in patiently() {
            let answer = self.session(node, access).await;
            if answer.status != 200 {
                return answer.expect_ended(reason);
            }
        }
        panic!("node {node} never heard that the session ended: {reason}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_5_i3_64_requests_over_three_nodes_with_one_refresh_cookie_get_one_successor() {
    let nodes = Nodes::start(3, &UNTHROTTLED).await;
    nodes.sign_up(0, "ann@example.org").await;
    let browser = nodes.browser(1, "ann@example.org").await;
    let mut tabs = JoinSet::new();
    for number in 0..64 {
        let (mut tab, client) = (browser.clone(), nodes.clients[number % 3].clone());
        tabs.spawn(async move {
            let answer = tab.refresh(&client).await.expect(200);
            (answer.generation(), tab.cookie(REFRESH).to_owned())
        });
    }
    let answers: BTreeSet<_> = tabs.join_all().await.into_iter().collect();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers.first().unwrap().0, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_5_i2_a_family_that_was_stolen_from_ends_on_every_node() {
    let nodes = Nodes::start(2, &UNTHROTTLED).await;
    let signed_up = nodes.sign_up(0, "ben@example.org").await;
    let (access, token) = (signed_up.field("access_token"), signed_up.field("refresh_token"));
    let body = || json!({ "refresh_token": token });
    nodes.session(1, access).await.expect(200);
    nodes.clients[0].ask("/auth/refresh", body()).await.expect(200);
    nodes.clients[1]
        .ask("/auth/refresh", body())
        .await
        .expect_ended("token_reuse");
    nodes.is_refused_soon(0, access, "token_reuse").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i5_signed_out_on_one_node_is_signed_out_on_all() {
    let nodes = Nodes::start(3, &UNTHROTTLED).await;
    for round in 0..5 {
        let signed_up = nodes.sign_up(round % 3, &format!("c{round}@example.org")).await;
        let access = signed_up.field("access_token");
        for node in 0..3 {
            nodes.session(node, access).await.expect(200);
        }
        let body = json!({ "refresh_token": signed_up.field("refresh_token") });
        nodes.clients[0]
            .ask("/auth/signout", body.clone())
            .await
            .expect(204);
        for node in 1..3 {
            // A refresh reads the database: it is refused at once.
            nodes.clients[node]
                .ask("/auth/refresh", body.clone())
                .await
                .expect_ended("signed_out");
            nodes.is_refused_soon(node, access, "signed_out").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_beside_the_nodes_is_felt_by_all_of_them() {
    let nodes = Nodes::start(2, &UNTHROTTLED).await;
    let signed_up = nodes.sign_up(0, "dora@example.org").await;
    let access = signed_up.field("access_token");
    nodes.session(1, access).await.expect(200);
    let listed = nodes.servers[1]
        .command(&["session", "list", "--json"], "")
        .json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    nodes.servers[1].command(&["user", "set-state", "dora@example.org", "suspended"], "");
    for node in 0..2 {
        nodes.is_refused_soon(node, access, "account_state").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_are_counted_over_all_nodes() {
    let limits = [
        "--set",
        "throttle.account_burst=4",
        "--set",
        "throttle.account_refill=1d",
    ];
    let nodes = Nodes::start(2, &limits).await;
    nodes.sign_up(0, "eve@example.org").await;
    let guess = || json!({ "email": "eve@example.org", "password": "nine lives of a hasty cat" });
    for number in 0..4 {
        nodes.clients[number % 2]
            .ask("/auth/signin", guess())
            .await
            .expect(401);
    }
    for client in &nodes.clients {
        client.ask("/auth/signin", guess()).await.expect(429);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_with_another_master_secret_does_not_start_until_the_operator_says_so() {
    let nodes = Nodes::start(1, &UNTHROTTLED).await;
    let signed_up = nodes.sign_up(0, "finn@example.org").await;
    let stranger = nodes.place.stranger();
    let home = stranger.parent().unwrap();
    let refused = keyturn(home, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.code, Some(78), "{}", refused.stderr);
    assert!(
        refused
            .stderr
            .contains("master_secret is not the one of the other nodes"),
        "{}",
        refused.stderr
    );
    assert_no_password(&nodes, &refused.stderr);
    nodes
        .session(0, signed_up.field("access_token"))
        .await
        .expect(200);
    let adopted = keyturn(home, &["secret", "adopt"]);
    assert_eq!(adopted.code, Some(0), "{}", adopted.stderr);
    assert_no_password(&nodes, &adopted.stdout);
    let started = Server::start(&stranger, &UNTHROTTLED);
    let client = Client::to(started.url());
    let session = client
        .get("/auth/session")
        .bearer(signed_up.field("access_token"))
        .send()
        .await;
    session.expect(401);
}

#[test]
fn a_shared_database_wants_a_shared_secret() {
    let folder = tempfile::TempDir::new().unwrap();
    let refused = keyturn(
        folder.path(),
        &["serve", "--set", "store.url=postgres://127.0.0.1:1/none"],
    );
    assert_eq!(refused.code, Some(78), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("KEYTURN_MASTER_SECRET"),
        "{}",
        refused.stderr
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_databases_password_is_never_shown() {
    let nodes = Nodes::start(1, &UNTHROTTLED).await;
    nodes.sign_up(0, "gus@example.org").await;
    let node = nodes.place.node(0);
    let home = node.parent().unwrap();
    for args in [
        &["config", "print"][..],
        &["migrate"],
        &["doctor"],
        &["user", "list"],
        &["backup", "copy.db"],
        &["restore", "copy.db"],
        &[
            "serve",
            "--set",
            "store.url=postgres://kt:s3cret@127.0.0.1:1/none",
        ],
    ] {
        let said = keyturn(home, args);
        assert_no_password(&nodes, &format!("{}{}", said.stdout, said.stderr));
        assert!(!said.stderr.contains("s3cret"), "{args:?}: {}", said.stderr);
    }
    assert_no_password(&nodes, &nodes.servers[0].greeting().join("\n"));
    assert_no_password(&nodes, &nodes.servers[0].logs());
}

#[test]
fn a_file_that_cannot_be_read_is_not_quoted() {
    let folder = tempfile::TempDir::new().unwrap();
    for line in [
        "url = \"postgres://kt:s3cret@db/kt",
        "url = [\"postgres://kt:s3cret@db/kt\"]",
        "url = \"mysql://kt:s3cret@db/kt\"",
    ] {
        fs::write(folder.path().join("keyturn.toml"), format!("[store]\n{line}\n")).unwrap();
        let refused = keyturn(folder.path(), &["config", "check"]);
        assert_eq!(refused.code, Some(78), "{line}: {}", refused.stderr);
        assert!(!refused.stderr.contains("s3cret"), "{}", refused.stderr);
    }
}

#[test]
fn the_url_is_read_from_a_file_that_a_variable_names() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("url");
    fs::write(&file, "postgres://kt:s3cret@db/kt\n").unwrap();
    let environment = [("KEYTURN_STORE__URL_FILE", file.to_str().unwrap())];
    let printed = keyturn_with(folder.path(), &environment, "", &["config", "print", "--changed"]);
    assert!(
        printed.stdout.contains("postgres://kt:(hidden)@db/kt"),
        "{}{}",
        printed.stdout,
        printed.stderr
    );
    let both = [environment[0], ("KEYTURN_STORE__URL", "sqlite")];
    let refused = keyturn_with(folder.path(), &both, "", &["config", "print"]);
    assert_eq!(refused.code, Some(78), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_of_a_shared_database_are_made_by_its_own_tools() {
    let place = Place::on(Engine::Postgres).await;
    let node = place.node(0);
    for (command, instead) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
        let refused = keyturn(node.parent().unwrap(), &[command, "copy.db"]);
        assert_eq!(refused.code, Some(1), "{}", refused.stderr);
        assert!(refused.stderr.contains(instead), "{}", refused.stderr);
    }
}

fn assert_no_password(nodes: &Nodes, text: &str) {
    assert!(!text.contains(nodes.place.password()), "{text}");
}
