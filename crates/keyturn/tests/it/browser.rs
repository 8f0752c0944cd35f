//! A browser that talks to a server: a client with a cookie jar of its own.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;

use crate::client::{Answer, CSRF, Client, ReplyLost, Request};

/// A browser: a cookie jar, an origin, and the CSRF token that its pages echo.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Browser {
    jar: BTreeMap<String, String>,
}

impl Browser {
    /// A fresh one that has opened a page and so has its CSRF token.
    pub(crate) async fn open(client: &Client) -> Result<Self, ReplyLost> {
        let mut browser = Self::default();
        let page = browser.get(client, "/auth/csrf").try_send().await?;
        browser.keep(&page);
        Ok(browser)
    }

    /// One with these cookies, planted by whoever has them.
    pub(crate) fn with_cookies(cookies: &[(&str, &str)]) -> Self {
        Self {
            jar: cookies
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    pub(crate) fn get(&self, client: &Client, path: &str) -> Request {
        self.request(client, Method::GET, path)
    }

    pub(crate) fn post(&self, client: &Client, path: &str) -> Request {
        self.request(client, Method::POST, path)
    }

    pub(crate) fn delete(&self, client: &Client, path: &str) -> Request {
        self.request(client, Method::DELETE, path)
    }

    fn request(&self, client: &Client, method: Method, path: &str) -> Request {
        let mut request = client.request(method, path).header("origin", client.base.clone());
        if !self.jar.is_empty() {
            let pairs: Vec<_> = self
                .jar
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header("cookie", pairs.join("; "));
        }
        if let Some(token) = self.jar.get(CSRF) {
            request = request.header("x-csrf-token", token);
        }
        request
    }

    /// Sends a request of this browser and keeps the cookies of its answer.
    pub(crate) async fn send(&mut self, request: Request) -> Answer {
        let answer = request.send().await;
        self.keep(&answer);
        answer
    }

    /// Posts JSON and keeps the cookies of the answer.
    pub(crate) async fn ask(&mut self, client: &Client, path: &str, body: Value) -> Answer {
        self.send(self.post(client, path).json(body)).await
    }

    /// Refreshes.
    pub(crate) async fn refresh(&mut self, client: &Client) -> Answer {
        self.send(self.post(client, "/auth/refresh")).await
    }

    /// The value of a cookie that is in the jar.
    pub(crate) fn cookie(&self, name: &str) -> &str {
        self.jar.get(name).unwrap_or_else(|| panic!("no cookie {name}"))
    }

    /// Whether the jar has this cookie.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.jar.contains_key(name)
    }

    /// Loses a cookie.
    pub(crate) fn without(&self, name: &str) -> Self {
        let mut browser = self.clone();
        browser.jar.remove(name);
        browser
    }

    /// Asks who is signed in.
    pub(crate) async fn session(&self, client: &Client) -> Answer {
        self.get(client, "/auth/session").send().await
    }

    /// Keeps the cookies of an answer.
    pub(crate) fn keep(&mut self, answer: &Answer) {
        assert!(
            !answer.text.contains("ktr_"),
            "a browser is never given a refresh token in a body"
        );
        for (name, value) in answer.cookies() {
            if value.is_empty() {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
