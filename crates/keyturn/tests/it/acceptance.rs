//! What Keyturn must show to a stranger, over real HTTP against the real binary: the whole life of a session in each delivery,
//! races, retries, theft, time-outs by a virtual clock, the command line beside the server, and an orderly stop. Where both stores can do
//! it, on both.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::client::{ACCESS, Answer, Browser, Client, DEVICE, REFRESH};
use crate::patience::patiently;
use crate::place::{Engine, Place};
use crate::server::{self, Server};

const PASSWORD: &str = "nine lives of a patient cat";
/// Further than the window in which a browser's refreshes are one use.
const PAST_THE_WINDOW: &str = "11s";

/// A server whose time stands still, and the ways to it.
struct World {
    server: Server,
    client: Client,
    clock: Client,
    _place: Place,
}

impl World {
    #[expect(clippy::print_stdout, reason = "a failure is to say on which store it was")]
    async fn start(engine: Engine) -> Self {
        println!("on {engine:?}");
        let place = Place::on(engine).await;
        let server = Server::start_with_virtual_clock(&place.data_dir());
        let (client, clock) = (Client::to(server.url()), Client::to(server.ops()));
        Self {
            _place: place,
            server,
            client,
            clock,
        }
    }

    async fn sign_up(&self, email: &str) -> Answer {
        let body = json!({ "email": email, "password": PASSWORD });
        self.client.ask("/auth/signup", body).await.expect(201)
    }

    /// As an API client.
    async fn sign_in(&self, email: &str) -> Answer {
        let body = json!({ "email": email, "password": PASSWORD });
        self.client.ask("/auth/signin", body).await.expect(200)
    }

    async fn browser(&self, email: &str) -> Browser {
        let mut browser = Browser::open(&self.client).await.unwrap();
        let body = json!({ "email": email, "password": PASSWORD });
        browser.ask(&self.client, "/auth/signin", body).await.expect(200);
        browser
    }

    async fn refresh(&self, token: &str) -> Answer {
        self.client
            .ask("/auth/refresh", json!({ "refresh_token": token }))
            .await
    }

    async fn refresh_with_key(&self, token: &str, key: &str) -> Answer {
        let body = json!({ "refresh_token": token });
        self.client
            .post("/auth/refresh")
            .header("idempotency-key", key)
            .json(body)
            .send()
            .await
    }

    async fn session(&self, access: &str) -> Answer {
        self.client.get("/auth/session").bearer(access).send().await
    }

    /// All sessions of an account, ended ones too, as another of its sessions sees them.
    async fn sessions(&self, access: &str) -> Vec<Value> {
        let listed = self
            .client
            .get("/auth/sessions?state=all")
            .bearer(access)
            .send()
            .await
            .expect(200);
        listed.body["items"].as_array().unwrap().clone()
    }
}

fn access(answer: &Answer) -> &str {
    answer.field("access_token")
}

fn refresh(answer: &Answer) -> &str {
    answer.field("refresh_token")
}

fn id(answer: &Answer) -> String {
    answer.body["session"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn r2_1_r2_2_r3_3_an_api_client_signs_up_refreshes_ten_times_and_signs_out() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let signed_up = world.sign_up("ann@example.org").await;
        assert_eq!(signed_up.field("token_type"), "bearer");
        assert_eq!(signed_up.field("email"), "ann@example.org");
        let mut current = world.sign_in("ann@example.org").await;
        for generation in 1..=10 {
            let next = world.refresh(refresh(&current)).await.expect(200);
            assert_eq!(next.generation(), generation);
            assert_ne!(refresh(&next), refresh(&current));
            current = next;
        }
        let listed = world.sessions(access(&current)).await;
        let states: Vec<_> = listed
            .iter()
            .map(|session| session["state"].as_str().unwrap())
            .collect();
        assert_eq!(states, ["active", "active"]);

        let body = json!({ "refresh_token": refresh(&current) });
        world.client.ask("/auth/signout", body).await.expect(204);
        world.refresh(refresh(&current)).await.expect_ended("signed_out");
        world.session(access(&current)).await.expect_ended("signed_out");
        world.session(access(&signed_up)).await.expect(200);
    }
}

#[tokio::test]
async fn r3_2_r3_3_a_browser_signs_up_refreshes_ten_times_and_signs_out() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let mut browser = Browser::open(&world.client).await.unwrap();
        let body = json!({ "email": "ben@example.org", "password": PASSWORD });
        let signed_up = browser.ask(&world.client, "/auth/signup", body).await.expect(201);
        assert!(
            signed_up.body.get("access_token").is_none() && signed_up.body.get("refresh_token").is_none()
        );
        for turn in 0..10 {
            let refreshed = browser.refresh(&world.client).await.expect(200);
            assert_eq!(
                refreshed.generation(),
                1,
                "those within ten seconds of the first are held ({turn})"
            );
        }
        for generation in 2..=10 {
            world.clock.advance(PAST_THE_WINDOW).await;
            let before = browser.cookie(REFRESH).to_owned();
            let refreshed = browser.refresh(&world.client).await.expect(200);
            assert_eq!(refreshed.generation(), generation);
            assert_ne!(browser.cookie(REFRESH), before);
        }
        let list = browser.get(&world.client, "/auth/sessions");
        let listed = browser.send(list).await.expect(200);
        assert_eq!(listed.body["items"][0]["delivery"], "cookie");

        let before = browser.clone();
        let sign_out = browser.post(&world.client, "/auth/signout");
        browser.send(sign_out).await.expect(204);
        assert!(!browser.has(ACCESS) && !browser.has(REFRESH));
        let refresh_again = before.post(&world.client, "/auth/refresh");
        refresh_again.send().await.expect_ended("signed_out");
        before.session(&world.client).await.expect_ended("signed_out");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_5_64_simultaneous_requests_with_one_refresh_cookie_get_one_successor() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        world.sign_up("cem@example.org").await;
        let mut browser = world.browser("cem@example.org").await;
        browser.refresh(&world.client).await.expect(200);
        world.clock.advance(PAST_THE_WINDOW).await;
        let mut tabs = JoinSet::new();
        for _ in 0..64 {
            let (mut tab, client) = (browser.clone(), world.client.clone());
            tabs.spawn(async move {
                let answer = tab.refresh(&client).await.expect(200);
                (answer.generation(), tab.cookie(REFRESH).to_owned())
            });
        }
        let answers = tabs.join_all().await;
        assert_eq!(answers.len(), 64);
        assert!(
            answers.iter().all(|(generation, _)| *generation == 2),
            "{answers:?}"
        );
        let successors: BTreeSet<_> = answers.into_iter().map(|(_, token)| token).collect();
        assert_eq!(successors.len(), 1, "{successors:?}");
        assert!(!successors.contains(browser.cookie(REFRESH)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_5_r3_4_two_uses_of_one_token_without_a_key_end_the_family() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        world.sign_up("dora@example.org").await;
        let other = world.sign_in("dora@example.org").await;
        let shared = world.sign_in("dora@example.org").await;
        let (one, two) = tokio::join!(world.refresh(refresh(&shared)), world.refresh(refresh(&shared)));
        let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
        let won = won.expect(200);
        lost.expect_ended("token_reuse");
        world.refresh(refresh(&won)).await.expect_ended("token_reuse");
        world.session(access(&won)).await.expect_ended("token_reuse");
        world.refresh(refresh(&other)).await.expect(200);
    }
}

#[tokio::test]
async fn r1_5_a_retry_with_the_same_key_gets_the_same_successor() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let first = world.sign_up("eli@example.org").await;
        let key = "1f0c2f52-7b7e-4d0c-9a63-0f6f7ad5b1c3";
        let answered = world.refresh_with_key(refresh(&first), key).await.expect(200);
        let retried = world.refresh_with_key(refresh(&first), key).await.expect(200);
        assert_eq!(refresh(&retried), refresh(&answered));
        assert_eq!(retried.generation(), 1);
        world.clock.advance("50m").await;
        let much_later = world.refresh_with_key(refresh(&first), key).await.expect(200);
        assert_eq!(
            refresh(&much_later),
            refresh(&answered),
            "its reply may have been lost until now"
        );
        let thief = world
            .refresh_with_key(refresh(&first), "f37ba6ab-b0ee-4d37-8d9f-0d20c3f2c2aa")
            .await;
        thief.expect_ended("token_reuse");
    }
}

#[tokio::test]
async fn r1_5_r3_4_an_older_token_ends_its_family_and_no_other() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let first = world.sign_up("fay@example.org").await;
        let other = world.sign_in("fay@example.org").await;
        let browser = world.browser("fay@example.org").await;
        let second = world.refresh(refresh(&first)).await.expect(200);
        let third = world.refresh(refresh(&second)).await.expect(200);
        world.refresh(refresh(&first)).await.expect_ended("token_reuse");
        world.refresh(refresh(&third)).await.expect_ended("token_reuse");
        world.session(access(&third)).await.expect_ended("token_reuse");
        world.session(access(&other)).await.expect(200);
        browser.session(&world.client).await.expect(200);
    }
}

#[tokio::test]
async fn r1_5_a_stolen_refresh_cookie_is_caught_at_its_first_use() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        world.sign_up("gil@example.org").await;
        let browser = world.browser("gil@example.org").await;
        let mut thief = Browser::with_cookies(&[(REFRESH, browser.cookie(REFRESH))]);
        let page = thief.get(&world.client, "/auth/csrf");
        thief.send(page).await.expect(200);
        assert!(!thief.has(DEVICE));
        thief.refresh(&world.client).await.expect_ended("token_reuse");
        browser.session(&world.client).await.expect_ended("token_reuse");
    }
}

#[tokio::test]
async fn r1_6_r1_7_a_session_is_served_at_59_59_and_ended_as_idle_at_60_00() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let idle = world.sign_up("hal@example.org").await;
        let busy = world.sign_in("hal@example.org").await;
        world.clock.advance("59m 59s").await;
        let held_on = world.refresh(refresh(&busy)).await.expect(200);
        let looked_at = world
            .client
            .get("/auth/session")
            .bearer(access(&held_on))
            .header("keyturn-passive", "1");
        looked_at.send().await.expect(200);
        world.clock.advance("1s").await;
        world.refresh(refresh(&idle)).await.expect_ended("idle");
        world.session(access(&idle)).await.expect_ended("idle");
        world.session(access(&held_on)).await.expect(200);

        let sessions = world.sessions(access(&held_on)).await;
        let recorded = sessions
            .iter()
            .find(|session| session["id"] == id(&idle))
            .unwrap();
        assert_eq!(recorded["state"], "terminated");
        assert_eq!(recorded["end_reason"], "idle");
        assert_eq!(recorded["ended_at"], recorded["idle_ends_at"]);
        let listed = world
            .server
            .command(&["session", "list", "--all", "--json"], "")
            .json();
        let ended: Vec<_> = listed
            .as_array()
            .unwrap()
            .iter()
            .filter(|session| session["end_reason"] == "idle")
            .collect();
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0]["id"], id(&idle));
    }
}

#[tokio::test]
async fn r1_6_a_refresh_one_second_before_the_idle_end_begins_the_hour_anew() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let first = world.sign_up("ida@example.org").await;
        world.clock.advance("59m 59s").await;
        let second = world.refresh(refresh(&first)).await.expect(200);
        world.clock.advance("59m 59s").await;
        let third = world.refresh(refresh(&second)).await.expect(200);
        world.clock.advance("60m").await;
        world.refresh(refresh(&third)).await.expect_ended("idle");
    }
}

/// Asks until the answer has the status that another process has brought about.
async fn until(status: u16, mut ask: impl AsyncFnMut() -> Answer) -> Answer {
    for _ in patiently() {
        let answer = ask().await;
        if answer.status == status {
            return answer;
        }
    }
    panic!("status {status} did not come")
}

#[tokio::test]
async fn r1_3_r2_6_the_command_line_beside_the_server_is_felt() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let suspended = world.sign_up("jon@example.org").await;
        let kept = world.sign_up("kim@example.org").await;
        let ended = world.sign_in("kim@example.org").await;

        world
            .server
            .command(&["user", "set-state", "jon@example.org", "suspended"], "");
        until(401, async || world.session(access(&suspended)).await)
            .await
            .expect_ended("account_state");
        world
            .refresh(refresh(&suspended))
            .await
            .expect_ended("account_state");
        let body = json!({ "email": "jon@example.org", "password": PASSWORD });
        let refused = world.client.ask("/auth/signin", body).await.expect(403);
        assert_eq!(refused.field("code"), "account-not-active");

        world.server.command(&["session", "end", &id(&ended)], "");
        until(401, async || world.session(access(&ended)).await)
            .await
            .expect_ended("admin");
        world.refresh(refresh(&ended)).await.expect_ended("admin");
        world.refresh(refresh(&kept)).await.expect(200);
    }
}

#[tokio::test]
async fn an_orderly_stop_exits_with_0_and_keeps_what_was_acknowledged() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    let server = Server::start(&data_dir, &[]);
    assert!(
        server.greeting()[2].contains("made just now"),
        "{:?}",
        server.greeting()
    );
    let client = Client::to(server.url());
    let body = json!({ "email": "lee@example.org", "password": PASSWORD });
    let signed_up = client.ask("/auth/signup", body).await.expect(201);
    assert_eq!(server.stop(), "", "six lines, and nothing after them");

    let listed = server::command(&data_dir, &["user", "list", "--json"], "").json();
    assert_eq!(listed[0]["email"], "lee@example.org");
    let server = Server::start(&data_dir, &[]);
    assert!(
        !server.greeting()[2].contains("made just now"),
        "{:?}",
        server.greeting()
    );
    let client = Client::to(server.url());
    let refreshed = client
        .ask("/auth/refresh", json!({ "refresh_token": refresh(&signed_up) }))
        .await;
    assert_eq!(refreshed.expect(200).generation(), 1);
}

/// Somebody holds the database's write lock for longer than a request may live: no answer, but nobody is signed out by it.
#[tokio::test]
async fn i9_a_database_that_cannot_be_written_signs_nobody_out() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    // A request lives half a window: short, so that the test does not wait for long.
    let server = Server::start(&data_dir, &["--set", "refresh.concurrent_window=1s"]);
    let client = Client::to(server.url());
    let person = |email: &str| json!({ "email": email, "password": PASSWORD });
    let ann = client
        .ask("/auth/signup", person("ann@example.org"))
        .await
        .expect(201);
    let leaver = client
        .ask("/auth/signin", person("ann@example.org"))
        .await
        .expect(200);
    let mut browser = Browser::open(&client).await.unwrap();
    browser
        .ask(&client, "/auth/signin", person("ann@example.org"))
        .await
        .expect(200);
    let by_key = || {
        let request = client
            .post("/auth/refresh")
            .json(json!({ "refresh_token": refresh(&ann) }));
        request.header("idempotency-key", "1f0c2f52-7b7e-4d0c-9a63")
    };
    let by_cookie = |browser: &Browser| browser.post(&client, "/auth/refresh");
    let sign_out = || {
        client
            .post("/auth/signout")
            .json(json!({ "refresh_token": refresh(&leaver) }))
    };

    let lock = rusqlite::Connection::open(data_dir.join("keyturn.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let unanswered = tokio::join!(by_key().send(), by_cookie(&browser).send(), sign_out().send());
    for answer in [unanswered.0, unanswered.1, unanswered.2] {
        let answer = answer.expect(503);
        assert!(
            answer.headers.contains_key("retry-after") && answer.body.get("reason").is_none(),
            "{}",
            answer.text
        );
        assert_eq!(
            answer.cookies().count(),
            0,
            "no cookie is set, and none is taken back"
        );
    }
    lock.execute_batch("ROLLBACK").unwrap();

    assert_eq!(by_key().send().await.expect(200).generation(), 1);
    assert_eq!(
        browser.send(by_cookie(&browser)).await.expect(200).generation(),
        1
    );
    sign_out().send().await.expect(204);
    client
        .ask("/auth/refresh", json!({ "refresh_token": refresh(&leaver) }))
        .await
        .expect_ended("signed_out");
}
