//! Asking Keyturn about each token (RFC 7662).
//!
//! **The rule**: only `"active": false` is a refusal. Any other answer, none, or one about another session leaves open what the token is worth,
//! and the request is answered 503. A refresh token is no proof.
//!
//! **The caveat**: a question for each request. The signature is verified first, so that nobody makes it ask with an invented token.

use std::time::Duration;

use reqwest::{Client, Url};
use serde::Deserialize;
use uuid::Uuid;

use crate::address::{self, AddressError};
use crate::liveness::{Answer, Liveness, Presented, Standing};

const TIMEOUT: Duration = Duration::from_secs(2);
/// More than any answer about an access token.
const MAX_BYTES: usize = 64 * 1024;

/// Asks Keyturn as a service with the scope `introspect`: a sign-out is felt at the next request, and so is a change of permissions.
pub struct Introspection {
    client: Client,
    url: Url,
    name: String,
    secret: String,
}

impl Introspection {
    /// At `url`, Keyturn's `/auth/introspect` by https or on this machine, with what `keyturn service add <name> --scope introspect` has shown.
    ///
    /// # Errors
    /// Another address, or no HTTP client.
    pub fn new(url: &str, name: impl Into<String>, secret: impl Into<String>) -> Result<Self, AddressError> {
        Ok(Self {
            client: address::client(TIMEOUT)?,
            url: address::trusted(url)?,
            name: name.into(),
            secret: secret.into(),
        })
    }

    async fn ask(&self, token: &str) -> Option<Introspected> {
        let request = self
            .client
            .post(self.url.clone())
            .basic_auth(&self.name, Some(&self.secret))
            .form(&[("token", token)]);
        let mut response = request.send().await.ok()?;
        if response.status().as_u16() != 200 {
            return None;
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.ok()? {
            if body.len() + chunk.len() > MAX_BYTES {
                return None;
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).ok()
    }
}

impl Liveness for Introspection {
    fn check<'a>(&'a self, presented: Presented<'a>) -> Answer<'a> {
        if presented.is_expired() {
            // It would be told inactive, which says nothing about its session.
            return Answer::Now(Standing::Unavailable);
        }
        Answer::Later(Box::pin(async move {
            match self.ask(presented.token).await {
                Some(answer) => answer.standing(presented.session.session_id),
                None => Standing::Unavailable,
            }
        }))
    }
}

#[derive(Deserialize)]
struct Introspected {
    active: bool,
    token_use: Option<String>,
    sid: Option<Uuid>,
    email: Option<String>,
    #[serde(default)]
    permissions: Vec<String>,
}

impl Introspected {
    fn standing(self, asked: Uuid) -> Standing {
        if !self.active {
            return Standing::Inactive;
        }
        if self.token_use.as_deref() != Some("access_token") || self.sid != Some(asked) {
            return Standing::Unavailable;
        }
        Standing::LiveWith {
            email: self.email,
            permissions: self.permissions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_says_of_the_token_that_was_asked_about() {
        let asked = Uuid::from_u128(2);
        let live = Standing::LiveWith {
            email: Some("ann@example.org".into()),
            permissions: vec!["tasks:read".into()],
        };
        for (name, answer, expected) in [
            (
                "live",
                r#"{"active":true,"token_use":"access_token","sid":"00000000-0000-0000-0000-000000000002","email":"ann@example.org","permissions":["tasks:read"]}"#,
                live,
            ),
            ("over", r#"{"active":false}"#, Standing::Inactive),
            (
                "a refresh token",
                r#"{"active":true,"token_use":"refresh_token","sid":"00000000-0000-0000-0000-000000000002"}"#,
                Standing::Unavailable,
            ),
            (
                "another session",
                r#"{"active":true,"token_use":"access_token","sid":"00000000-0000-0000-0000-000000000003"}"#,
                Standing::Unavailable,
            ),
            ("nothing more", r#"{"active":true}"#, Standing::Unavailable),
        ] {
            let answer: Introspected = serde_json::from_str(answer).unwrap();
            assert_eq!(answer.standing(asked), expected, "{name}");
        }
    }
}
