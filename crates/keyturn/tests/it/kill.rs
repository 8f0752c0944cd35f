//! kill -9 under load, and a restart on the same data: what was acknowledged is there, and nobody honest is signed out. Over a shared
//! database two nodes are killed, and in a test of its own the database itself.
//!
//! People refresh, sign up and sign out as fast as they can, each retrying what was not answered as a good client does: the
//! same token with the same proof. After a seeded number of acknowledgements the server is killed while their requests are in
//! flight. `KEYTURN_SEED` repeats a run's choices (not its timing), `KEYTURN_SOAK=1` makes it 300 rounds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use keyturn_testkit::entropy::SeededEntropy;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::{Answer, Browser, Client, ReplyLost, Request};
use crate::cluster::Cluster;
use crate::patience::patiently;
use crate::place::{Engine, Place};
use crate::server::{self, Server, UNTHROTTLED};

const PASSWORD: &str = "nine lives of a patient cat";
/// People who stay signed in through all rounds: of each kind so many.
const RESIDENTS: u64 = 5;
/// People who come, look and sign out: of each kind so many at once.
const VISITORS: u64 = 1;

/// What a first start leaves in its folder, in this order; the folder itself first.
const SIGNS_OF_A_START: [&str; 4] = ["", "keyturn.db", "keyturn.db-wal", "master.secret"];

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

fn address(random: &SeededEntropy) -> String {
    format!("{:016x}@example.org", random.next())
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Api,
    Browser,
}

/// What somebody holds.
#[derive(Debug)]
enum Holder {
    Api { access: String, refresh: String },
    Browser(Browser),
}

/// Somebody who is signed in, with what they know.
#[derive(Debug)]
struct Person {
    holder: Holder,
    /// Of the last refresh that was acknowledged.
    generation: u64,
    /// The key of a refresh that was not answered.
    pending: Option<String>,
}

impl Person {
    async fn sign_up(client: &Client, kind: Kind, email: &str) -> Result<Self, ReplyLost> {
        let answer = Self::enter(client, kind, "/auth/signup", email).await?;
        Ok(Self::admitted(answer.0.expect(201), answer.1))
    }

    async fn sign_in(client: &Client, kind: Kind, email: &str) -> Result<Self, ReplyLost> {
        let answer = Self::enter(client, kind, "/auth/signin", email).await?;
        Ok(Self::admitted(answer.0.expect(200), answer.1))
    }

    /// Answers with the browser that asked, if it was one.
    async fn enter(
        client: &Client,
        kind: Kind,
        path: &str,
        email: &str,
    ) -> Result<(Answer, Option<Browser>), ReplyLost> {
        let body = json!({ "email": email, "password": PASSWORD });
        if kind == Kind::Api {
            let request = || client.post(path).json(body.clone());
            return Ok((until_available(request).await?, None));
        }
        let mut browser = Browser::open(client).await?;
        let request = || browser.post(client, path).json(body.clone());
        let answer = until_available(request).await?;
        browser.keep(&answer);
        Ok((answer, Some(browser)))
    }

    fn admitted(answer: Answer, browser: Option<Browser>) -> Self {
        let generation = answer.generation();
        let holder = browser.map_or_else(|| holder(&answer), Holder::Browser);
        Self {
            holder,
            generation,
            pending: None,
        }
    }

    /// One refresh. What was not answered before is asked again, with the same proof.
    async fn refresh(&mut self, client: &Client, random: &SeededEntropy) -> Result<(), ReplyLost> {
        let answer = match &mut self.holder {
            Holder::Api { refresh, .. } => {
                let fresh = || format!("{:016x}{:016x}", random.next(), random.next());
                let key = self.pending.get_or_insert_with(fresh);
                let request = || {
                    client
                        .post("/auth/refresh")
                        .json(json!({ "refresh_token": refresh }))
                };
                until_available(|| request().header("idempotency-key", key.as_str())).await?
            }
            Holder::Browser(browser) => {
                let answer = until_available(|| browser.post(client, "/auth/refresh")).await?;
                browser.keep(&answer);
                answer
            }
        };
        self.refreshed(&answer.expect(200));
        Ok(())
    }

    fn refreshed(&mut self, answer: &Answer) {
        let generation = answer.generation();
        match &mut self.holder {
            Holder::Api { .. } => {
                assert_eq!(
                    generation,
                    self.generation + 1,
                    "each refresh of an API client is the next generation"
                );
                self.holder = holder(answer);
            }
            Holder::Browser(_) => {
                let next = self.generation..=self.generation + 1;
                assert!(next.contains(&generation), "{generation} is not in {next:?}");
            }
        }
        self.generation = generation;
        self.pending = None;
    }

    async fn refresh_until_cut_off(
        mut self,
        client: Client,
        random: Arc<SeededEntropy>,
        acknowledgements: Arc<Semaphore>,
    ) -> Self {
        while self.refresh(&client, &random).await.is_ok() {
            acknowledgements.add_permits(1);
        }
        self
    }

    /// Refreshes until told that it is over; the server lives on, so that every refresh is answered at last.
    async fn refresh_through(mut self, crash: Crash, client: Client, random: Arc<SeededEntropy>) -> Self {
        while !crash.over.load(Ordering::SeqCst) {
            self.refresh(&client, &random).await.unwrap();
            crash.acknowledgements.add_permits(1);
        }
        self
    }

    /// The session as the server has it: no generation that was acknowledged is lost, and the retry lets its owner in.
    async fn is_still_signed_in(&mut self, client: &Client, random: &SeededEntropy) {
        let stored = self.session(client).await.generation();
        let possible = self.generation..=self.generation + 1;
        assert!(
            possible.contains(&stored),
            "{stored} is stored, {possible:?} are possible: {self:?}"
        );
        self.refresh(client, random).await.unwrap();
    }

    async fn session(&self, client: &Client) -> Answer {
        self.ask_for_session(client).await.expect(200)
    }

    async fn ask_for_session(&self, client: &Client) -> Answer {
        match &self.holder {
            Holder::Api { access, .. } => client.get("/auth/session").bearer(access).send().await,
            Holder::Browser(browser) => browser.get(client, "/auth/session").send().await,
        }
    }

    async fn sign_out(&self, client: &Client) -> Result<(), ReplyLost> {
        let request = || match &self.holder {
            Holder::Api { refresh, .. } => {
                let body = json!({ "refresh_token": refresh });
                client.post("/auth/signout").json(body)
            }
            Holder::Browser(browser) => browser.post(client, "/auth/signout"),
        };
        until_available(request).await?.expect(204);
        Ok(())
    }

    /// Neither token is good for anything, and both say why.
    async fn is_signed_out(&self, client: &Client) {
        self.ask_for_session(client).await.expect_ended("signed_out");
        let refresh = match &self.holder {
            Holder::Api { refresh, .. } => client
                .post("/auth/refresh")
                .json(json!({ "refresh_token": refresh })),
            Holder::Browser(browser) => browser.post(client, "/auth/refresh").json(json!({})),
        };
        refresh.send().await.expect_ended("signed_out");
    }
}

/// Asks until the answer is another than 503, which says nothing.
async fn until_available(request: impl Fn() -> Request) -> Result<Answer, ReplyLost> {
    for _ in patiently() {
        let answer = request().try_send().await?;
        if answer.status != 503 {
            return Ok(answer);
        }
    }
    panic!("the server was never available")
}

fn holder(answer: &Answer) -> Holder {
    Holder::Api {
        access: answer.field("access_token").to_owned(),
        refresh: answer.field("refresh_token").to_owned(),
    }
}

/// Somebody who came by, and how far they got.
#[derive(Debug)]
struct Visit {
    kind: Kind,
    email: String,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The sign-up was not answered.
    SigningUp,
    /// A refresh was not answered.
    SignedUp(Person),
    /// The sign-out was not answered.
    SigningOut(Person),
    SignedOut(Person),
}

/// One visit after the other. All but the last have come to their end.
async fn visit_until_cut_off(
    kind: Kind,
    client: Client,
    random: Arc<SeededEntropy>,
    acknowledgements: Arc<Semaphore>,
) -> Vec<Visit> {
    let mut visits = Vec::new();
    loop {
        let email = address(&random);
        let stage = visit(kind, &email, &client, &random, &acknowledgements).await;
        let cut_off = !matches!(stage, Stage::SignedOut(_));
        visits.push(Visit { kind, email, stage });
        if cut_off {
            return visits;
        }
    }
}

/// One that nothing cuts off, so that at least one sign-out is acknowledged before the first kill, however slow the machine.
async fn whole_visit(client: &Client, random: &SeededEntropy) -> String {
    let email = address(random);
    let stage = visit(Kind::Api, &email, client, random, &Semaphore::new(0)).await;
    assert!(matches!(stage, Stage::SignedOut(_)));
    email
}

async fn visit(
    kind: Kind,
    email: &str,
    client: &Client,
    random: &SeededEntropy,
    acknowledgements: &Semaphore,
) -> Stage {
    let Ok(mut person) = Person::sign_up(client, kind, email).await else {
        return Stage::SigningUp;
    };
    acknowledgements.add_permits(1);
    if person.refresh(client, random).await.is_err() {
        return Stage::SignedUp(person);
    }
    acknowledgements.add_permits(1);
    if person.sign_out(client).await.is_err() {
        return Stage::SigningOut(person);
    }
    acknowledgements.add_permits(1);
    Stage::SignedOut(person)
}

impl Visit {
    /// After the restart: takes up what was cut off, as an honest client does. Answers the email.
    async fn check(self, client: &Client, random: &SeededEntropy) -> String {
        match self.stage {
            Stage::SigningUp => {
                let (answer, _) = Person::enter(client, self.kind, "/auth/signup", &self.email)
                    .await
                    .unwrap();
                assert!([201, 409].contains(&answer.status), "{}", answer.text);
            }
            Stage::SignedUp(mut person) => person.is_still_signed_in(client, random).await,
            Stage::SigningOut(person) => {
                person.sign_out(client).await.unwrap();
                person.is_signed_out(client).await;
            }
            Stage::SignedOut(person) => person.is_signed_out(client).await,
        }
        let again = Person::sign_in(client, self.kind, &self.email).await.unwrap();
        assert_eq!(again.session(client).await.field("email"), self.email);
        self.email
    }
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
