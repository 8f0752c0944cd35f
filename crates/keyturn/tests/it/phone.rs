//! The sequence of docs/mobile-clients.md, against the real binary: a client that writes its attempt down before it sends it, and is
//! killed at any moment.

use serde_json::json;

use crate::client::{Answer, Client};
use crate::place::{Engine, Place};
use crate::server::Server;

const PASSWORD: &str = "nine lives of a patient cat";

/// When the system kills the application during a refresh.
#[derive(Debug, Clone, Copy)]
enum Killed {
    BeforeSending,
    /// The answer is lost, or was there and not yet written down.
    BeforeWriting,
    Never,
}

const MOMENTS: [Killed; 3] = [Killed::BeforeSending, Killed::BeforeWriting, Killed::Never];

/// What the phone finds when it starts anew.
struct Phone {
    refresh_token: String,
    attempt: Option<String>,
    attempts: u32,
}

impl Phone {
    fn signed_in(answer: &Answer) -> Self {
        Self {
            refresh_token: answer.field("refresh_token").to_owned(),
            attempt: None,
            attempts: 0,
        }
    }

    /// From the beginning, with what was written down.
    async fn refresh(&mut self, server: &Client, killed: Killed) {
        let fresh = || format!("attempt-of-a-phone-{}", self.attempts);
        let attempt = self.attempt.get_or_insert_with(fresh).clone();
        if matches!(killed, Killed::BeforeSending) {
            return;
        }
        let body = json!({ "refresh_token": self.refresh_token });
        let asked = server.post("/auth/refresh").json(body);
        let answer = asked.header("idempotency-key", attempt).send().await.expect(200);
        if matches!(killed, Killed::BeforeWriting) {
            return;
        }
        *self = Self {
            attempts: self.attempts + 1,
            ..Self::signed_in(&answer)
        };
    }
}

#[tokio::test]
async fn a_phone_that_is_killed_at_any_moment_stays_signed_in() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let server = Server::start_with_virtual_clock(&place.data_dir());
        let (client, clock) = (Client::to(server.url()), Client::to(server.ops()));
        let body = json!({ "email": "ann@example.org", "password": PASSWORD });
        let answer = client.ask("/auth/signup", body).await.expect(201);
        let mut phone = Phone::signed_in(&answer);
        for first in MOMENTS {
            for second in MOMENTS {
                for third in MOMENTS {
                    for killed in [first, second, third] {
                        phone.refresh(&client, killed).await;
                        clock.advance("15m").await;
                    }
                    // After an hour without any answer it would be idle.
                    phone.refresh(&client, Killed::Never).await;
                }
            }
        }
        let last = json!({ "refresh_token": phone.refresh_token });
        client.ask("/auth/refresh", last).await.expect(200);
    }
}
