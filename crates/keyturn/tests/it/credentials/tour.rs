//! The tour: everything that people, their software and their attackers do with credentials, right and wrong.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{ACCESS, Answer, Browser, CSRF, Client, DEVICE, Ledger, REFRESH};
use crate::server::{Said, Server};

/// The account whose sessions live on.
pub(crate) const ANN: &str = "ann@example.org";
pub(crate) const ANNS_PASSWORD: &str = "nine lives of a patient cat";
const BEN: &str = "ben@example.org";
const BENS_PASSWORD: &str = "four winds around the lighthouse";
const CLI_PASSWORD: &str = "seven brass bells under water";
const CLI_PASSWORD_AFTER: &str = "eleven copper kettles in a row";
const PAST_THE_WINDOW: &str = "11s";

/// A server that has seen it all, with sessions of each delivery that still live.
pub(crate) struct Tour {
    _folder: TempDir,
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
pub(crate) struct Live {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) browser: Browser,
    pub(crate) hybrid: Browser,
}

impl Tour {
    /// Takes it, from an empty folder on.
    pub(crate) async fn take() -> Self {
        let folder = TempDir::new().unwrap();
        let data_dir = folder.path().join("data");
        let server = Server::start_with_virtual_clock(&data_dir);
        let ledger = Ledger::default();
        let client = Client::recording(server.url(), &ledger);
        let clock = Client::to(server.ops());
        let said = RefCell::default();
        let mut tour = Self {
            _folder: folder,
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
        tour.wrong_passwords().await;
        tour.bad_tokens().await;
        tour.forging_requests().await;
        tour.signing_out().await;
        tour.commands().await;
        tour
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    pub(crate) fn said_by_commands(&self) -> String {
        self.said.borrow().clone()
    }

    /// Stops the server. Answers its log and its output.
    pub(crate) fn finish(self) -> (String, String) {
        let greeting = self.server.greeting().join("\n");
        let log = self.data_dir.clone();
        let more = self.server.stop();
        (crate::server::logs(&log), greeting + "\n" + &more)
    }

    async fn signing_up_and_in(&mut self) {
        let sign_up = json!({ "email": ANN, "password": ANNS_PASSWORD, "username": "ann", "name": "Ann" });
        let signed_up = self
            .client
            .post("/auth/signup")
            .json(sign_up)
            .send()
            .await
            .expect(201);
        self.live.access = signed_up.field("access_token").to_owned();
        self.live.refresh = signed_up.field("refresh_token").to_owned();
        self.live.browser = self
            .browser(json!({ "email": ANN, "password": ANNS_PASSWORD }))
            .await;
        self.live.hybrid = self
            .browser(json!({ "identifier": "ann", "password": ANNS_PASSWORD, "delivery": "hybrid" }))
            .await;
        let mut bens = Browser::open(&self.client).await.unwrap();
        let sign_up = json!({ "email": BEN, "password": BENS_PASSWORD });
        bens.send(bens.post(&self.client, "/auth/signup").json(sign_up))
            .await
            .expect(201);
        for name in ["username", "identifier"] {
            let sign_in = json!({ name: "ann", "password": ANNS_PASSWORD });
            self.client
                .post("/auth/signin")
                .json(sign_in)
                .send()
                .await
                .expect(200);
        }
        // Signing in again in the same browser takes the earlier session's place.
        let sign_in = json!({ "email": BEN, "password": BENS_PASSWORD });
        bens.send(bens.post(&self.client, "/auth/signin").json(sign_in))
            .await
            .expect(200);
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
                browser
                    .send(browser.post(&self.client, "/auth/refresh"))
                    .await
                    .expect(200);
                tab.send(tab.post(&self.client, "/auth/refresh"))
                    .await
                    .expect(200);
            }
        }
        self.live
            .hybrid
            .get(&self.client, "/auth/session")
            .send()
            .await
            .expect(200);
        self.client
            .get("/auth/sessions?state=all")
            .bearer(&self.live.access)
            .send()
            .await
            .expect(200);
    }

    /// Each way in which a theft is recognised.
    async fn stealing(&mut self) {
        let body = json!({ "email": BEN, "password": BENS_PASSWORD });
        let first = self
            .client
            .post("/auth/signin")
            .json(body.clone())
            .send()
            .await
            .expect(200);
        self.refresh_by_body(first.field("refresh_token"), Some("8e2d77c3-the-owners"))
            .await
            .expect(200);
        self.refresh_by_body(first.field("refresh_token"), Some("c4a1f0b9-the-thiefs"))
            .await
            .expect_ended("token_reuse");
        self.refresh_by_body(first.field("refresh_token"), None)
            .await
            .expect_ended("token_reuse");

        let mut browser = self.browser(body.clone()).await;
        let old = browser.clone();
        browser
            .send(browser.post(&self.client, "/auth/refresh"))
            .await
            .expect(200);
        browser
            .send(browser.get(&self.client, "/auth/session"))
            .await
            .expect(200);
        self.clock.advance(PAST_THE_WINDOW).await;
        old.post(&self.client, "/auth/refresh")
            .send()
            .await
            .expect_ended("token_reuse");

        let browser = self.browser(body).await;
        browser
            .without(DEVICE)
            .post(&self.client, "/auth/refresh")
            .send()
            .await
            .expect_ended("token_reuse");
    }

    /// Wrong ones, right ones in the wrong place, and bodies that break off in the middle of one.
    async fn wrong_passwords(&self) {
        let sign_in = |body: Value| self.client.post("/auth/signin").json(body).send();
        sign_in(json!({ "email": ANN, "password": "nine lives of an angry cat" }))
            .await
            .expect(401);
        sign_in(json!({ "email": "nobody@example.org", "password": "nobody knows this phrase" }))
            .await
            .expect(401);
        sign_in(json!({ "identifier": ANNS_PASSWORD, "password": "typed in the wrong order" }))
            .await
            .expect(401);
        refused(&sign_in(json!({ "email": ANN, "password": ANNS_PASSWORD, "pasword": ANNS_PASSWORD })).await);
        refused(&sign_in(json!({ "email": ANN, "password": [ANNS_PASSWORD] })).await);
        refused(
            &sign_in(json!({ "email": ANN, "password": ANNS_PASSWORD, "delivery": ANNS_PASSWORD })).await,
        );
        for body in [
            format!(r#"{{"email":"{ANN}","password":"{ANNS_PASSWORD}"#),
            format!(r#"{{"email":"{ANN}","password":"{ANNS_PASSWORD}","password":"{ANNS_PASSWORD}"}}"#),
            format!(r#""{ANNS_PASSWORD}""#),
        ] {
            refused(
                &self
                    .client
                    .post("/auth/signin")
                    .raw_json(body.clone())
                    .send()
                    .await,
            );
            refused(&self.client.post("/auth/signin").untyped(body).send().await);
        }
        let sign_up = |body: Value| self.client.post("/auth/signup").json(body).send();
        sign_up(json!({ "email": ANN, "password": "one more good long phrase" }))
            .await
            .expect(409);
        refused(&sign_up(json!({ "email": "weak@example.org", "password": "password1234" })).await);
        refused(&sign_up(json!({ "email": ANNS_PASSWORD, "password": ANNS_PASSWORD })).await);
        refused(
            &sign_up(
                json!({ "email": "x@example.org", "password": "x".repeat(300), "username": ANNS_PASSWORD }),
            )
            .await,
        );
    }

    /// Real and made-up ones, each in every place where one is looked for, and in some where none is.
    async fn bad_tokens(&self) {
        let Live {
            access,
            refresh,
            browser,
            ..
        } = &self.live;
        let (device, csrf) = (browser.cookie(DEVICE), browser.cookie(CSRF));
        let made_up = format!("ktr_{}", "Zm9yZ2VkIGJ5IGhhbmQgYW5kIG5vIG9uZSdz".repeat(2));
        let (truncated, altered) = (refresh[..refresh.len() - 8].to_owned(), altered(refresh));
        let jwt = altered_signature(access);
        for token in [&made_up, &truncated, &altered, &jwt, access, device, csrf] {
            self.ledger.enter(token);
            refused(&self.refresh_by_body(token, None).await);
            refused(&self.refresh_by_cookie(token, device).await);
            refused(&self.refresh_by_cookie(token, token).await);
        }
        for token in [&made_up, &truncated, &altered, &jwt, refresh, device, csrf] {
            refused(&self.client.get("/auth/session").bearer(token).send().await);
            refused(
                &self
                    .client
                    .get("/auth/session")
                    .header("authorization", format!("Basic {token}"))
                    .send()
                    .await,
            );
            refused(
                &self
                    .client
                    .get("/auth/session")
                    .header("authorization", token.to_owned())
                    .send()
                    .await,
            );
            refused(
                &Browser::with_cookies(&[(ACCESS, token)])
                    .get(&self.client, "/auth/session")
                    .send()
                    .await,
            );
            self.client
                .get(&format!("/auth/session?access_token={token}"))
                .send()
                .await;
            self.client
                .get(&format!("/auth/sessions/{token}"))
                .bearer(access)
                .send()
                .await
                .expect(404);
            self.client.get(&format!("/{token}")).send().await.expect(404);
        }
        for token in [&made_up, &truncated, &altered] {
            self.client
                .post("/auth/signout")
                .json(json!({ "refresh_token": token }))
                .send()
                .await
                .expect(204);
            self.client
                .post("/auth/signout")
                .bearer(token)
                .send()
                .await
                .expect(204);
        }
        refused(&self.refresh_by_body(refresh, Some("too short a key")).await);
        refused(
            &self
                .refresh_by_body(refresh, Some(&"a key that never ends ".repeat(20)))
                .await,
        );
        let twice = format!("{REFRESH}={made_up}; {REFRESH}={altered}");
        refused(
            &self
                .client
                .post("/auth/refresh")
                .header("cookie", twice)
                .send()
                .await,
        );
        let both = browser
            .post(&self.client, "/auth/refresh")
            .json(json!({ "refresh_token": refresh }));
        refused(&both.send().await);
        let malformed = format!(r#"{{"refresh_token":"{refresh}"#);
        refused(&self.client.post("/auth/refresh").raw_json(malformed).send().await);
    }

    /// Both walls against CSRF.
    async fn forging_requests(&self) {
        let browser = &self.live.browser;
        let stranger = self
            .browser(json!({ "email": BEN, "password": BENS_PASSWORD }))
            .await;
        let with_token = |token: &str| {
            let cookies = [
                (REFRESH, browser.cookie(REFRESH)),
                (DEVICE, browser.cookie(DEVICE)),
                (CSRF, token),
            ];
            Browser::with_cookies(&cookies)
        };
        for forged in [
            stranger.cookie(CSRF),
            "not a token of ours",
            browser.cookie(DEVICE),
        ] {
            with_token(forged)
                .post(&self.client, "/auth/signout")
                .send()
                .await
                .expect(403);
        }
        browser
            .without(CSRF)
            .post(&self.client, "/auth/signout")
            .send()
            .await
            .expect(403);
        let elsewhere = self
            .client
            .post("/auth/signout")
            .header("origin", "https://evil.example");
        let cookies = format!("{REFRESH}={}", browser.cookie(REFRESH));
        elsewhere
            .header("cookie", cookies)
            .header("x-csrf-token", browser.cookie(CSRF))
            .send()
            .await
            .expect(403);
    }

    /// Each way to sign out. Ben's sessions all end, Ann's live on.
    async fn signing_out(&self) {
        let body = json!({ "email": BEN, "password": BENS_PASSWORD });
        let sign_in = || async {
            self.client
                .post("/auth/signin")
                .json(body.clone())
                .send()
                .await
                .expect(200)
        };
        let (one, two, three) = (sign_in().await, sign_in().await, sign_in().await);
        let by_refresh = json!({ "refresh_token": one.field("refresh_token") });
        self.client
            .post("/auth/signout")
            .json(by_refresh)
            .send()
            .await
            .expect(204);
        self.client
            .post("/auth/signout")
            .bearer(two.field("access_token"))
            .send()
            .await
            .expect(204);
        let mut browser = self.browser(body.clone()).await;
        browser
            .send(browser.post(&self.client, "/auth/signout"))
            .await
            .expect(204);
        let other = sign_in().await;
        let path = format!("/auth/sessions/{}", other.body["session"]["id"].as_str().unwrap());
        let access = three.field("access_token");
        let ended = [path.as_str(), "/auth/sessions", "/auth/sessions?all=true"];
        for path in ended {
            let answer = self.client.delete(path).bearer(access).send().await;
            assert!((200..300).contains(&answer.status), "{path}: {}", answer.text);
        }
        self.refresh_by_body(other.field("refresh_token"), None)
            .await
            .expect_ended("signed_out_elsewhere");
    }

    /// The command line beside the server.
    async fn commands(&self) {
        self.ledger.enter(CLI_PASSWORD);
        self.ledger.enter(CLI_PASSWORD_AFTER);
        let cli = "cli@example.org";
        let with_password = |password: &str| format!("{password}\n");
        self.command(
            &[
                "user",
                "create",
                "--email",
                cli,
                "--admin",
                "--password-stdin",
                "--json",
            ],
            &with_password(CLI_PASSWORD),
        );
        let sign_in = json!({ "email": cli, "password": CLI_PASSWORD });
        let session = self
            .client
            .post("/auth/signin")
            .json(sign_in)
            .send()
            .await
            .expect(200);
        self.command(
            &["user", "set-password", cli, "--password-stdin"],
            &with_password(CLI_PASSWORD_AFTER),
        );
        self.refresh_by_body(session.field("refresh_token"), None)
            .await
            .expect_ended("password_changed");
        let sign_in = json!({ "email": cli, "password": CLI_PASSWORD_AFTER });
        let session = self
            .client
            .post("/auth/signin")
            .json(sign_in)
            .send()
            .await
            .expect(200);
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
            assert!(!self.command(args, "").stdout.is_empty());
        }
    }

    fn command(&self, args: &[&str], input: &str) -> Said {
        let said = self.server.command(args, input);
        let mut all = self.said.borrow_mut();
        all.push_str(&said.stdout);
        all.push_str(&said.stderr);
        said
    }

    async fn browser(&self, sign_in: Value) -> Browser {
        let mut browser = Browser::open(&self.client).await.unwrap();
        browser
            .send(browser.post(&self.client, "/auth/signin").json(sign_in))
            .await
            .expect(200);
        browser
    }

    /// Presents a text as the refresh token of an API client.
    pub(crate) async fn refresh_by_body(&self, token: &str, key: Option<&str>) -> Answer {
        let request = self
            .client
            .post("/auth/refresh")
            .json(json!({ "refresh_token": token }));
        match key {
            Some(key) => request.header("idempotency-key", key).send().await,
            None => request.send().await,
        }
    }

    /// Presents two texts as the cookies of a browser, with a CSRF token that is right for them.
    pub(crate) async fn refresh_by_cookie(&self, token: &str, device: &str) -> Answer {
        let mut browser = Browser::with_cookies(&[(REFRESH, token), (DEVICE, device)]);
        browser
            .send(browser.get(&self.client, "/auth/csrf"))
            .await
            .expect(200);
        browser.post(&self.client, "/auth/refresh").send().await
    }
}

#[track_caller]
fn refused(answer: &Answer) {
    assert!(
        [400, 401, 415, 422].contains(&answer.status),
        "{} {}",
        answer.status,
        answer.text
    );
}

/// The same token with another MAC.
fn altered(token: &str) -> String {
    let (head, tail) = token.split_at(token.len() - 6);
    let swapped: String = tail.chars().rev().collect();
    let other = if swapped == tail {
        "AAAAAA".to_owned()
    } else {
        swapped
    };
    head.to_owned() + &other
}

fn altered_signature(jwt: &str) -> String {
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    format!("{signed}.{}", signature.chars().rev().collect::<String>())
}
