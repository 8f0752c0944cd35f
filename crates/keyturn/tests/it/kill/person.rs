//! Somebody who is signed in, what they hold and what they know: the honest client.

use std::sync::Arc;

use keyturn_testkit::entropy::SeededEntropy;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::browser::Browser;
use crate::client::{Answer, Client, ReplyLost, Request};
use crate::patience::patiently;

const PASSWORD: &str = "nine lives of a patient cat";

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
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
pub(super) struct Person {
    holder: Holder,
    /// Of the last refresh that was acknowledged.
    generation: u64,
    /// The key of a refresh that was not answered.
    pending: Option<String>,
}

impl Person {
    pub(super) async fn sign_up(client: &Client, kind: Kind, email: &str) -> Result<Self, ReplyLost> {
        let answer = Self::enter(client, kind, "/auth/signup", email).await?;
        Ok(Self::admitted(answer.0.expect(201), answer.1))
    }

    pub(super) async fn sign_in(client: &Client, kind: Kind, email: &str) -> Result<Self, ReplyLost> {
        let answer = Self::enter(client, kind, "/auth/signin", email).await?;
        Ok(Self::admitted(answer.0.expect(200), answer.1))
    }

    /// Answers with the browser that asked, if it was one.
    pub(super) async fn enter(
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
    pub(super) async fn refresh(&mut self, client: &Client, random: &SeededEntropy) -> Result<(), ReplyLost> {
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

    pub(super) async fn refresh_until_cut_off(
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

    /// The session as the server has it: no generation that was acknowledged is lost, and the retry lets its owner in.
    pub(super) async fn is_still_signed_in(&mut self, client: &Client, random: &SeededEntropy) {
        let stored = self.session(client).await.generation();
        let possible = self.generation..=self.generation + 1;
        assert!(
            possible.contains(&stored),
            "{stored} is stored, {possible:?} are possible: {self:?}"
        );
        self.refresh(client, random).await.unwrap();
    }

    pub(super) async fn session(&self, client: &Client) -> Answer {
        self.ask_for_session(client).await.expect(200)
    }

    async fn ask_for_session(&self, client: &Client) -> Answer {
        match &self.holder {
            Holder::Api { access, .. } => client.get("/auth/session").bearer(access).send().await,
            Holder::Browser(browser) => browser.get(client, "/auth/session").send().await,
        }
    }

    pub(super) async fn sign_out(&self, client: &Client) -> Result<(), ReplyLost> {
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
    pub(super) async fn is_signed_out(&self, client: &Client) {
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
