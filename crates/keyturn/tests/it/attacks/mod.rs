//! The attacker's sheet: what somebody would try against accounts and the mails that keep them going, against the real binary on both
//! stores. What needs no process is in `keyturn-http`'s tests beside its route.

mod enumeration;
mod links;
mod mass_assignment;
mod other_sites;
mod redirects;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::mailbox::{Letter, Mailbox};
use crate::place::{Engine, Place};
use crate::server::Server;

const VICTIM: &str = "ann@example.org";
const PASSWORD: &str = "a lantern behind nine doors";
const NEXT_PASSWORD: &str = "another lantern behind ten doors";
/// What the attacker knows.
const ATTACKERS: &str = "seven crows upon a frozen pond";
/// What the links in mails lead to.
const ACTIVATION: &str = "/activate?token=";
const RESET: &str = "/reset?token=";
const EMAIL_CHANGE: &str = "/account/email?token=";
/// Accounts begin with a mailed link.
const ACTIVATED: &[&str] = &["--set", "signup.activation=email"];

/// A server whose mail can be read, and the ways to it.
struct Target {
    server: Server,
    client: Client,
    clock: Client,
    mail: Mailbox,
    place: Place,
}

impl Target {
    #[expect(clippy::print_stdout, reason = "a failure is to say on which store it was")]
    async fn start(engine: Engine, flags: &[&str]) -> Self {
        println!("on {engine:?}");
        let place = Place::on(engine).await;
        let server = Server::start_with_virtual_clock_and(&place.data_dir(), flags);
        Self {
            client: Client::to(&server.listens_at()),
            clock: Client::to(server.ops()),
            mail: Mailbox::of(&place.data_dir()),
            server,
            place,
        }
    }

    async fn ask(&self, path: &str, body: Value) -> Answer {
        self.client.ask(path, body).await
    }

    async fn sign_up(&self, email: &str, password: &str) -> Answer {
        self.ask("/auth/signup", credentials(email, password)).await
    }

    /// The status that a sign-in is answered with.
    async fn signs_in(&self, email: &str, password: &str) -> u16 {
        self.ask("/auth/signin", credentials(email, password))
            .await
            .status
    }

    async fn session(&self, access: &str) -> Answer {
        self.client.get("/auth/session").bearer(access).send().await
    }

    /// Has a link to reset the password mailed, and reads its token.
    async fn reset_token(&mut self, email: &str) -> String {
        self.ask("/auth/password/forgot", json!({ "email": email }))
            .await
            .expect(202);
        self.mail.with(RESET).token().to_owned()
    }

    async fn reset(&self, token: &str, password: &str) -> Answer {
        self.ask("/auth/password/reset", link_used(token, password)).await
    }

    async fn activate(&self, token: &str, password: &str) -> Answer {
        self.ask("/auth/activate", link_used(token, password)).await
    }

    /// Stops it, and answers the letters with links that were not read.
    fn links_left(mut self) -> Vec<Letter> {
        self.server.stop();
        let rest = self.mail.rest().into_iter();
        rest.filter(|letter| letter.text.contains("?token=")).collect()
    }
}

fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

fn link_used(token: &str, password: &str) -> Value {
    json!({ "token": token, "password": password })
}

/// A link that does nothing any more.
#[track_caller]
fn expect_dead(answer: Answer) {
    let answer = answer.expect(400);
    assert_eq!(answer.field("code"), "link-invalid");
}
