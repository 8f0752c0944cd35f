//! Ann's phone: a client that is no browser, with its tokens in its own keeping.

use axum::http::{Method, StatusCode};
use serde_json::json;
use tokio::sync::Mutex;

use super::inside::{Answer, Call, Inside};
use super::person::{EMAIL, PASSWORD, post};
use crate::failure::Failure;

const USER_AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1";

/// What the phone keeps.
#[derive(Default)]
pub(super) struct Phone(Mutex<Option<Tokens>>);

#[derive(Clone)]
struct Tokens {
    access: String,
    refresh: String,
    session_id: String,
    generation: u64,
}

/// What a call of the phone came to.
pub(super) struct PhoneCall {
    pub(super) answer: Answer,
    /// Its access token had expired, and it got another.
    pub(super) refreshed: bool,
}

impl Phone {
    /// Signs it in, again where it was.
    ///
    /// # Errors
    /// The route did not answer as it must.
    pub(super) async fn sign_in(&self, inside: &Inside) -> Result<(), Failure> {
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        let agent = [("user-agent", USER_AGENT.to_owned())];
        let answer = post(inside, "/auth/signin", &agent, body).await?;
        *self.0.lock().await = Some(Tokens::of(&answer)?);
        Ok(())
    }

    /// Its session, while it is known.
    pub(super) async fn session_id(&self) -> Option<String> {
        self.0
            .lock()
            .await
            .as_ref()
            .map(|tokens| tokens.session_id.clone())
    }

    /// Asks who is signed in, as an application on the phone would: refreshes once where its access token has expired.
    ///
    /// # Errors
    /// A request could not be made.
    pub(super) async fn call(&self, inside: &Inside) -> Result<PhoneCall, Failure> {
        let mut kept = self.0.lock().await;
        let Some(tokens) = kept.clone() else {
            return Err(Failure::Fault("the demo's phone never signed in".to_owned()));
        };
        let answer = session(inside, &tokens.access).await?;
        if answer.text("/code") != Some("token-expired") {
            return Ok(PhoneCall {
                answer,
                refreshed: false,
            });
        }
        let body = json!({ "refresh_token": tokens.refresh });
        let attempt = [(
            "idempotency-key",
            format!("{}.{}", tokens.session_id, tokens.generation),
        )];
        let renewed = post(inside, "/auth/refresh", &attempt, body).await?;
        if renewed.status != StatusCode::OK {
            return Ok(PhoneCall {
                answer: renewed,
                refreshed: false,
            });
        }
        let tokens = Tokens::of(&renewed)?;
        let answer = session(inside, &tokens.access).await?;
        *kept = Some(tokens);
        Ok(PhoneCall {
            answer,
            refreshed: true,
        })
    }
}

impl Tokens {
    fn of(answer: &Answer) -> Result<Self, Failure> {
        Ok(Self {
            access: answer.must("/access_token")?,
            refresh: answer.must("/refresh_token")?,
            session_id: answer.must("/session/id")?,
            generation: answer.number("/session/generation")?,
        })
    }
}

async fn session(inside: &Inside, access_token: &str) -> Result<Answer, Failure> {
    let call = Call {
        method: Method::GET,
        path: "/auth/session",
        headers: vec![("authorization", format!("Bearer {access_token}"))],
        body: None,
    };
    inside.ask(call).await
}
