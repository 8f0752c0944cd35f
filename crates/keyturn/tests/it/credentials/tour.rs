//! The tour: everything that people, their software and their attackers do with credentials, right and wrong.

use std::any::Any;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::misuse;
use crate::browser::Browser;
use crate::client::{Answer, Client, DEVICE, Ledger, REFRESH};
use crate::server::Server;

/// The account whose sessions live on.
pub(super) const ANN: &str = "ann@example.org";
pub(super) const ANNS_PASSWORD: &str = "nine lives of a patient cat";
/// The account that the command line makes.
const CLI: &str = "cli@example.org";
const PAST_THE_WINDOW: &str = "11s";

/// A server that has seen it all, with sessions of each delivery that still live.
pub(super) struct Tour {
    _kept: Box<dyn Any>,
    data_dir: PathBuf,
    server: Server,
    ledger: Ledger,
    client: Client,
    clock: Client,
    said: RefCell<String>,
    live: Live,
}

/// What still works when the tour is over.
#[derive(Default)]
pub(super) struct Live {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) service: String,
    pub(super) portal: String,
    pub(super) browser: Browser,
    pub(super) hybrid: Browser,
}

impl Tour {
    /// Takes it, from an empty folder on.
    pub(super) async fn take() -> Self {
        Self::take_with(&[]).await
    }

    /// Takes it on a server with these flags.
    pub(super) async fn take_with(flags: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let data_dir = folder.path().join("data");
        Self::take_in(data_dir, folder, flags).await
    }

    /// Takes it on this data folder, with nothing in it or in the database behind it; `kept` lives as long.
    pub(super) async fn take_in(data_dir: PathBuf, kept: impl Any, flags: &[&str]) -> Self {
        let server = Server::start_with_virtual_clock_and(&data_dir, flags);
        let ledger = Ledger::default();
        let client = Client::recording(server.url(), &ledger);
        let clock = Client::to(server.ops());
        let said = RefCell::default();
        let mut tour = Self {
            _kept: Box::new(kept),
            data_dir,
            server,
            ledger,
            client,
            clock,
            said,
            live: Live::default(),
        };
        tour.signing_up_and_in().await;
        tour.refreshing().await;
        tour.stealing().await;
        tour.asking_as_a_service().await;
        misuse::all(&tour).await;
        tour.signing_out().await;
        tour.commands().await;
        tour
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub(super) fn live(&self) -> &Live {
        &self.live
    }

    pub(super) fn said_by_commands(&self) -> String {
        self.said.borrow().clone()
    }

    /// What operators see of it.
    pub(super) async fn metrics(&self) -> String {
        self.clock.get("/metrics").send().await.expect(200).text
    }

    /// Stops the server. Answers its log and its output.
    pub(super) fn finish(self) -> (String, String) {
        let greeting = self.server.greeting().join("\n");
        let log = self.data_dir.clone();
        let more = self.server.stop();
        (crate::server::logs(&log), greeting + "\n" + &more)
    }

    async fn signing_up_and_in(&mut self) {
        let sign_up = json!({ "email": ANN, "password": ANNS_PASSWORD, "username": "ann", "name": "Ann" });
        let signed_up = self.client.ask("/auth/signup", sign_up).await.expect(201);
        self.live.access = signed_up.field("access_token").to_owned();
        self.live.refresh = signed_up.field("refresh_token").to_owned();
        let by_email = json!({ "email": ANN, "password": ANNS_PASSWORD });
        self.live.browser = self.browser(by_email).await;
        let hybrid = json!({ "identifier": "ann", "password": ANNS_PASSWORD, "delivery": "hybrid" });
        self.live.hybrid = self.browser(hybrid).await;
        for name in ["username", "identifier"] {
            self.sign_in(json!({ name: "ann", "password": ANNS_PASSWORD }))
                .await;
        }
        let mut bens = Browser::open(&self.client).await.unwrap();
        bens.ask(&self.client, "/auth/signup", ben()).await.expect(201);
        // Signing in again in the same browser takes the earlier session's place.
        bens.ask(&self.client, "/auth/signin", ben()).await.expect(200);
    }

    /// Rotations, replays and holds.
    async fn refreshing(&mut self) {
        for key in ["0b6f2b1e-first-attempt", "5d1c9a40-second-attempt"] {
            let before = self.live.refresh.clone();
            let refreshed = self.refresh_by_body(&before, Some(key)).await.expect(200);
            self.live.access = refreshed.field("access_token").to_owned();
            self.live.refresh = refreshed.field("refresh_token").to_owned();
            let again = self.refresh_by_body(&before, Some(key)).await.expect(200);
            assert_eq!(again.field("refresh_token"), self.live.refresh);
        }
        for browser in [&mut self.live.browser, &mut self.live.hybrid] {
            for advance in ["0s", PAST_THE_WINDOW, "0s"] {
                self.clock.advance(advance).await;
                let mut tab = browser.clone();
                browser.refresh(&self.client).await.expect(200);
                tab.refresh(&self.client).await.expect(200);
            }
        }
        let hybrid = self.live.hybrid.get(&self.client, "/auth/session");
        hybrid.send().await.expect(200);
        let list = self.client.get("/auth/sessions?state=all");
        list.bearer(&self.live.access).send().await.expect(200);
    }

    /// Each way in which a theft is recognised.
    async fn stealing(&mut self) {
        let first = self.sign_in(ben()).await;
        let token = first.field("refresh_token");
        let owner = self.refresh_by_body(token, Some("8e2d77c3-the-owners")).await;
        owner.expect(200);
        for key in [Some("c4a1f0b9-the-thiefs"), None] {
            let thief = self.refresh_by_body(token, key).await;
            thief.expect_ended("token_reuse");
        }

        let mut browser = self.browser(ben()).await;
        let old = browser.clone();
        browser.refresh(&self.client).await.expect(200);
        let used = browser.get(&self.client, "/auth/session");
        used.send().await.expect(200);
        self.clock.advance(PAST_THE_WINDOW).await;
        let mut without_device = self.browser(ben()).await.without(DEVICE);
        for mut thief in [old, without_device.clone()] {
            thief.refresh(&self.client).await.expect_ended("token_reuse");
        }
        let again = without_device.refresh(&self.client).await;
        again.expect_ended("token_reuse");
    }

    /// A service asks about tokens, in each way; so does who has an access token. And a token is given up.
    async fn asking_as_a_service(&mut self) {
        let add = ["service", "add", "api", "--scope", "introspect", "--json"];
        let added = self.server.command(&add, "").json();
        self.live.service = added["secret"].as_str().unwrap().to_owned();
        self.ledger.enter(&self.live.service);
        for token in [&self.live.access, &self.live.refresh] {
            let by_form = self.introspect(&self.live.service, token).await;
            assert_eq!(by_form.expect(200).body["active"], true);
            let ask = self.client.post("/auth/introspect").form(&[("token", token)]);
            let basic = STANDARD.encode(format!("api:{}", self.live.service));
            let by_header = ask.header("authorization", format!("Basic {basic}")).send().await;
            assert_eq!(by_header.expect(200).body["active"], true);
            let ask = self.client.post("/auth/introspect").form(&[("token", token)]);
            let by_bearer = ask.bearer(&self.live.access).send().await;
            assert_eq!(by_bearer.expect(200).body["active"], true);
        }
        self.starting_as_a_service().await;
        let given_up = self.sign_in(ben()).await;
        for field in ["access_token", "refresh_token"] {
            self.revoke(given_up.field(field)).await.expect(200);
        }
    }

    /// A service starts sessions for Ann: by tokens, by a code that is exchanged, and by one that is not yet.
    async fn starting_as_a_service(&mut self) {
        let add = ["service", "add", "portal", "--scope", "session:start", "--json"];
        let added = self.server.command(&add, "").json();
        self.live.portal = added["secret"].as_str().unwrap().to_owned();
        self.ledger.enter(&self.live.portal);
        self.start_session("body").await.expect(200);
        let code = self.code().await;
        self.exchange(&code).await.expect(200);
        self.code().await;
    }

    /// Asks for a session of Ann's.
    async fn start_session(&self, delivery: &str) -> Answer {
        let context = self.client.get("/auth/session").bearer(&self.live.access);
        let context = context.send().await.expect(200);
        let path = format!("/admin/users/{}/sessions", context.field("user_id"));
        let basic = STANDARD.encode(format!("portal:{}", self.live.portal));
        let ask = self.client.post(&path).json(json!({ "delivery": delivery }));
        ask.header("authorization", format!("Basic {basic}")).send().await
    }

    /// A code for a session of Ann's.
    pub(super) async fn code(&self) -> String {
        let prepared = self.start_session("code").await.expect(200);
        let code = prepared.field("code").to_owned();
        self.ledger.enter(&code);
        code
    }

    /// Presents a text as the code of a session.
    pub(super) async fn exchange(&self, code: &str) -> Answer {
        self.client
            .ask("/auth/signin/code", json!({ "code": code }))
            .await
    }

    /// Each way to sign out. Ben's sessions all end, Ann's live on.
    async fn signing_out(&self) {
        let (one, two, three) = (
            self.sign_in(ben()).await,
            self.sign_in(ben()).await,
            self.sign_in(ben()).await,
        );
        let by_refresh = json!({ "refresh_token": one.field("refresh_token") });
        self.client.ask("/auth/signout", by_refresh).await.expect(204);
        let by_access = self.client.post("/auth/signout");
        by_access
            .bearer(two.field("access_token"))
            .send()
            .await
            .expect(204);
        let browser = self.browser(ben()).await;
        let by_cookie = browser.post(&self.client, "/auth/signout");
        by_cookie.send().await.expect(204);

        let other = self.sign_in(ben()).await;
        let path = format!("/auth/sessions/{}", other.body["session"]["id"].as_str().unwrap());
        for path in [path.as_str(), "/auth/sessions", "/auth/sessions?all=true"] {
            let access = three.field("access_token");
            let answer = self.client.delete(path).bearer(access).send().await;
            assert!((200..300).contains(&answer.status), "{path}: {}", answer.text);
        }
        let ended = self.refresh_by_body(other.field("refresh_token"), None).await;
        ended.expect_ended("signed_out_elsewhere");
    }

    /// The command line beside the server.
    async fn commands(&self) {
        let (before, after) = ("seven brass bells under water", "eleven copper kettles in a row");
        self.ledger.enter(before);
        self.ledger.enter(after);
        let create = ["user", "create", "--email", CLI, "--password-stdin", "--json"];
        self.command(&create, before);
        let sign_in = |password| self.sign_in(json!({ "email": CLI, "password": password }));
        let session = sign_in(before).await;
        self.command(&["user", "set-password", CLI, "--password-stdin"], after);
        let ended = self.refresh_by_body(session.field("refresh_token"), None).await;
        ended.expect_ended("password_changed");
        let session = sign_in(after).await;
        self.command(
            &["session", "end", session.body["session"]["id"].as_str().unwrap()],
            "",
        );
        for args in [
            &["user", "list", "--json"][..],
            &["user", "list"],
            &["user", "show", ANN, "--json"],
            &["session", "list", "--json"],
            &["session", "list", "--all", "--json"],
            &["session", "list", "--all"],
            &["config", "print"],
        ] {
            self.command(args, "");
        }
    }

    fn command(&self, args: &[&str], input: &str) {
        let said = self.server.command(args, &format!("{input}\n"));
        assert!(!said.stdout.is_empty(), "{args:?} says what it did");
        let mut all = self.said.borrow_mut();
        all.push_str(&said.stdout);
        all.push_str(&said.stderr);
    }

    /// Signs in as an API client.
    async fn sign_in(&self, body: Value) -> Answer {
        self.client.ask("/auth/signin", body).await.expect(200)
    }

    /// Signs in as a browser.
    pub(super) async fn browser(&self, body: Value) -> Browser {
        let mut browser = Browser::open(&self.client).await.unwrap();
        browser.ask(&self.client, "/auth/signin", body).await.expect(200);
        browser
    }

    /// Presents a text as the refresh token of an API client.
    pub(super) async fn refresh_by_body(&self, token: &str, key: Option<&str>) -> Answer {
        let body = json!({ "refresh_token": token });
        let request = self.client.post("/auth/refresh").json(body);
        match key {
            Some(key) => request.header("idempotency-key", key).send().await,
            None => request.send().await,
        }
    }

    /// Presents a text as the secret of a service, to ask about a token.
    pub(super) async fn introspect(&self, secret: &str, token: &str) -> Answer {
        let form = [("token", token), ("client_id", "api"), ("client_secret", secret)];
        self.client.post("/auth/introspect").form(&form).send().await
    }

    /// Gives a token up.
    pub(super) async fn revoke(&self, token: &str) -> Answer {
        self.client
            .post("/auth/revoke")
            .form(&[("token", token)])
            .send()
            .await
    }

    /// Presents two texts as the cookies of a browser, with a CSRF token that is right for them.
    pub(super) async fn refresh_by_cookie(&self, token: &str, device: &str) -> Answer {
        let mut browser = Browser::with_cookies(&[(REFRESH, token), (DEVICE, device)]);
        let page = browser.get(&self.client, "/auth/csrf");
        browser.send(page).await.expect(200);
        browser.refresh(&self.client).await
    }
}

/// What Ben signs in with.
pub(super) fn ben() -> Value {
    json!({ "email": "ben@example.org", "password": "four winds around the lighthouse" })
}
