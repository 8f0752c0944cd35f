//! What Keyturn must show to a stranger, over real HTTP against the real binary: the whole life of a session in each delivery
//! ([`life`]), races, retries and theft ([`reuse`]), time-outs by a virtual clock ([`idle`]), the command line beside the server, an
//! orderly stop, and a database that can't be written ([`operation`]). Where both stores can do it, on both.

mod idle;
mod life;
mod operation;
mod reuse;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::client::{Answer, Client};
use crate::place::{Engine, Place};
use crate::server::Server;

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
