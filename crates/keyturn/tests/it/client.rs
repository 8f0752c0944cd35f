//! Who talks to a server by its API. A browser is in [`browser`](crate::browser).
//!
//! A request can be sent expecting an answer ([`Request::send`]) or prepared for its loss ([`Request::try_send`]). A recording
//! client keeps every credential that travels either way, so that a test can look for them where they must not be.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use reqwest::Method;
use reqwest::header::{HeaderMap, SET_COOKIE};
use serde_json::{Value, json};

pub(crate) const ACCESS: &str = "__Host-keyturn_access";
pub(crate) const REFRESH: &str = "__Host-keyturn_refresh";
pub(crate) const DEVICE: &str = "__Host-keyturn_device";
pub(crate) const CSRF: &str = "__Host-keyturn_csrf";

/// Fields of a body whose values authenticate somebody.
const SECRET_FIELDS: &[&str] = &[
    "password",
    "access_token",
    "refresh_token",
    "csrf_token",
    "token",
    "client_secret",
];
/// Headers, either way, whose values do.
const SECRET_HEADERS: &[&str] = &["x-csrf-token", "idempotency-key"];

/// No answer came: whether the request was carried out is not known.
#[derive(Debug)]
pub(crate) struct ReplyLost;

/// Every credential that travelled.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<BTreeSet<String>>>);

impl Ledger {
    /// Enters one.
    pub(crate) fn enter(&self, credential: &str) {
        if !credential.is_empty() {
            self.0.lock().unwrap().insert(credential.to_owned());
        }
    }

    /// All of them.
    pub(crate) fn entries(&self) -> BTreeSet<String> {
        self.0.lock().unwrap().clone()
    }

    fn enter_body(&self, body: &Value) {
        match body {
            Value::Array(items) => items.iter().for_each(|item| self.enter_body(item)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_str() {
                        Some(text) if SECRET_FIELDS.contains(&name.as_str()) => self.enter(text),
                        _ => self.enter_body(value),
                    }
                }
            }
            _ => {}
        }
    }
}

/// The way to one listener of one server.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) base: String,
    ledger: Option<Ledger>,
}

impl Client {
    /// To this address.
    pub(crate) fn to(url: &str) -> Self {
        // By address, so that no resolver is asked.
        let base = url.replace("//localhost", "//127.0.0.1");
        Self {
            http: reqwest::Client::builder()
                // Where an answer leads is part of it.
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            base,
            ledger: None,
        }
    }

    /// To this address, entering every credential.
    pub(crate) fn recording(url: &str, ledger: &Ledger) -> Self {
        Self {
            ledger: Some(ledger.clone()),
            ..Self::to(url)
        }
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Request {
        self.request(Method::POST, path)
    }

    pub(crate) fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    /// Posts JSON.
    pub(crate) async fn ask(&self, path: &str, body: Value) -> Answer {
        self.post(path).json(body).send().await
    }

    /// A new account, signed in.
    pub(crate) async fn sign_up(&self, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password });
        self.ask("/auth/signup", body).await.expect(201)
    }

    /// Deletes the account that this access token is of.
    pub(crate) async fn delete_account(&self, access: &str, password: &str) {
        let asked = self.delete("/auth/account").bearer(access);
        let asked = asked.json(json!({ "current_password": password }));
        asked.send().await.expect(204);
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        Request {
            client: self.clone(),
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// Moves the virtual clock; for a client of the ops listener.
    pub(crate) async fn advance(&self, by: &str) {
        let moved = self
            .post("/test/clock")
            .json(json!({ "advance": by }))
            .send()
            .await;
        assert_eq!(moved.status, 200, "{}", moved.text);
    }
}

/// A request in the making.
pub(crate) struct Request {
    client: Client,
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

impl Request {
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn json(self, body: Value) -> Self {
        self.raw_json(body.to_string())
    }

    /// A body that calls itself JSON, whatever it is.
    pub(crate) fn raw_json(mut self, body: String) -> Self {
        self.body = Some(body);
        self.header("content-type", "application/json")
    }

    /// A form; every byte of a value is escaped.
    pub(crate) fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let escaped = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        if let Some(ledger) = &self.client.ledger {
            let fields = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json!(value)));
            ledger.enter_body(&Value::Object(fields.collect()));
        }
        let pairs: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        self.body = Some(pairs.join("&"));
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    /// A body that says nothing of what it is.
    pub(crate) fn untyped(mut self, body: String) -> Self {
        self.body = Some(body);
        self
    }

    /// Sends it where an answer is certain.
    pub(crate) async fn send(self) -> Answer {
        let what = format!("{} {}", self.method, self.path);
        self.try_send()
            .await
            .unwrap_or_else(|_| panic!("{what}: no answer"))
    }

    /// Sends it where the server may die over it.
    pub(crate) async fn try_send(self) -> Result<Answer, ReplyLost> {
        self.record();
        let ledger = self.client.ledger.clone();
        let mut request = self
            .client
            .http
            .request(self.method, self.client.base + &self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let response = request.send().await.map_err(|_| ReplyLost)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.map_err(|_| ReplyLost)?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer {
            status,
            headers,
            body,
            text,
        };
        if let Some(ledger) = ledger {
            answer.record(&ledger);
        }
        Ok(answer)
    }

    fn record(&self) {
        let Some(ledger) = &self.client.ledger else { return };
        for (name, value) in &self.headers {
            match *name {
                "authorization" => ledger.enter(value.split_once(' ').map_or(value, |(_, token)| token)),
                "cookie" => value
                    .split("; ")
                    .filter_map(|pair| pair.split_once('='))
                    .for_each(|(_, value)| ledger.enter(value)),
                name if SECRET_HEADERS.contains(&name) => ledger.enter(value),
                _ => {}
            }
        }
        if let Some(body) = &self.body {
            ledger.enter_body(&serde_json::from_str(body).unwrap_or(Value::Null));
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// `Null` where the body is no JSON.
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    /// This status or a failed test that shows the answer.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// A 401 of a session that has ended for this reason.
    #[track_caller]
    pub(crate) fn expect_ended(self, reason: &str) {
        let answer = self.expect(401);
        assert_eq!(answer.field("code"), "session-ended", "{}", answer.text);
        assert_eq!(answer.field("reason"), reason, "{}", answer.text);
    }

    /// A field that is text.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> &str {
        let field = self.body.get(name).and_then(Value::as_str);
        field.unwrap_or_else(|| panic!("no text `{name}` in {}", self.text))
    }

    /// The generation of the session in the answer.
    #[track_caller]
    pub(crate) fn generation(&self) -> u64 {
        let generation = self.body["session"]["generation"].as_u64();
        generation.unwrap_or_else(|| panic!("no session in {}", self.text))
    }

    /// Name and value of each cookie that it sets.
    pub(crate) fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let set = self
            .headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        set.filter_map(|text| text.split(';').next()?.split_once('='))
    }

    fn record(&self, ledger: &Ledger) {
        self.cookies().for_each(|(_, value)| ledger.enter(value));
        for name in SECRET_HEADERS {
            self.headers
                .get_all(*name)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .for_each(|value| ledger.enter(value));
        }
        ledger.enter_body(&self.body);
    }
}
