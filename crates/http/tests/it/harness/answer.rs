//! An answer, checked against what all answers promise.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::response::Parts;
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The API's description, as it is served.
static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(keyturn_http::openapi()).unwrap());

/// What has to be known of a request to judge its answer.
pub(crate) struct Asked {
    method: String,
    path: String,
    is_browser: bool,
}

/// Routes whose answers hold refresh tokens; a browser is refused there unless the configuration says otherwise.
const TOKEN_PAIR: [&str; 3] = ["/login", "/generateTokens", "/refresh"];

impl Asked {
    pub(crate) fn of(request: &Request<Body>) -> Self {
        let headers = request.headers();
        let native = headers
            .get(header::ORIGIN)
            .is_some_and(|origin| origin == super::NATIVE_ORIGIN);
        Self {
            method: request.method().as_str().to_ascii_lowercase(),
            path: request.uri().path().to_owned(),
            is_browser: !native
                && (headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site")),
        }
    }
}

impl Asked {
    /// Whether the web interface is asked for, which has scripts; `interface.rs` says what it promises.
    fn is_of_interface(&self) -> bool {
        self.path.starts_with("/app")
    }

    /// Whether failures are those of RFC 6749.
    fn speaks_oauth(&self) -> bool {
        ["/auth/token", "/auth/introspect", "/auth/revoke"].contains(&self.path.as_str())
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn checked(asked: &Asked, parts: Parts, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let answer = Self {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        };
        answer.check_described(asked);
        answer.check_headers(asked);
        if answer.is_page() && !asked.is_of_interface() {
            answer.check_page(asked);
        } else if asked.speaks_oauth() {
            answer.check_oauth_error();
        } else {
            answer.check_problem();
        }
        assert!(
            !asked.is_browser || TOKEN_PAIR.contains(&asked.path.as_str()) || !answer.text.contains("ktr_"),
            "a browser was answered a refresh token: {}",
            answer.text
        );
        answer
    }

    #[track_caller]
    pub(crate) fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// A problem of this code.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect_status(status);
        assert_eq!(answer.body["code"], code, "{}", answer.text);
        answer
    }

    /// An error of RFC 6749.
    #[track_caller]
    pub(crate) fn expect_oauth_error(self, status: u16, error: &str) -> Self {
        let answer = self.expect_status(status);
        assert_eq!(answer.body["error"], error, "{}", answer.text);
        answer
    }

    /// 401, and the session is over for this reason.
    #[track_caller]
    pub(crate) fn expect_session_ended(self, reason: &str) -> Self {
        let answer = self.expect_problem(401, "session-ended");
        assert_eq!(answer.body["reason"], reason, "{}", answer.text);
        answer
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        let values = self.headers.get_all(header::SET_COOKIE);
        values.iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// The names of the cookies that it sets.
    pub(crate) fn cookie_names(&self) -> Vec<&str> {
        let name = |cookie: &'_ str| cookie.find('=').unwrap();
        self.set_cookies()
            .iter()
            .map(|cookie| &cookie[..name(cookie)])
            .collect()
    }

    pub(crate) fn text_at(&self, pointer: &str) -> String {
        let value = self.body.pointer(pointer);
        value
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no {pointer} in {}", self.text))
            .to_owned()
    }

    /// Status, what is set, and body, with everything random named instead of shown.
    pub(crate) fn snapshot(&self) -> Value {
        json!({
            "status": self.status.as_u16(),
            "cookies": self.cookie_names(),
            "body": redacted(&self.body),
        })
    }

    fn is_page(&self) -> bool {
        self.header("content-type") == Some("text/html; charset=utf-8")
    }

    /// What every page promises: it is whole, in a language, loads nothing from elsewhere, runs nothing, and is kept by nobody.
    fn check_page(&self, asked: &Asked) {
        assert!(!asked.path.starts_with("/auth"), "{} answers a page", asked.path);
        assert!(self.text.starts_with("<!doctype html>") && self.text.trim_end().ends_with("</html>"));
        assert!(self.text.contains("<html lang=\"") && self.text.matches("<h1").count() == 1);
        for forbidden in ["<script", "style=", "javascript:", " onclick", "{{", "{%"] {
            assert!(!self.text.contains(forbidden), "{forbidden} in {}", asked.path);
        }
        let policy = self.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'")
        );
        assert!(
            policy.ends_with("; base-uri 'none'; frame-ancestors 'none'"),
            "{policy}"
        );
        assert_eq!(self.header("referrer-policy"), Some("strict-origin"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        if self.status.is_client_error() || self.status.is_server_error() {
            self.check_failure_headers();
        }
    }

    /// Where a page sends the browser.
    #[track_caller]
    pub(crate) fn expect_redirect(self, to: &str) -> Self {
        let answer = self.expect_status(303);
        assert_eq!(answer.header("location"), Some(to));
        answer
    }

    /// A page of this status that says so.
    #[track_caller]
    pub(crate) fn expect_page(self, status: u16, says: &str) -> Self {
        let answer = self.expect_status(status);
        assert!(
            answer.is_page() && answer.text.contains(says),
            "no {says:?} in {}",
            answer.text
        );
        answer
    }

    fn check_described(&self, asked: &Asked) {
        let Some(path) = described_path(&asked.path) else {
            return;
        };
        if asked.method == "options" {
            return;
        }
        let method = if asked.method == "head" {
            "get"
        } else {
            &asked.method
        };
        let Some(operation) = path.get(method) else {
            assert_eq!(
                self.status,
                StatusCode::METHOD_NOT_ALLOWED,
                "{} {}",
                asked.method,
                asked.path
            );
            return;
        };
        assert!(
            operation["responses"].get(self.status.as_str()).is_some(),
            "{} {} answers {}, which its description lacks: {}",
            asked.method,
            asked.path,
            self.status,
            self.text
        );
    }

    fn check_headers(&self, asked: &Asked) {
        let preflight = asked.method == "options" && self.status == StatusCode::OK;
        assert!(
            preflight || self.headers.contains_key("x-request-id"),
            "no request id: {}",
            asked.path
        );
        if ["/auth/", "/admin/"]
            .iter()
            .any(|prefix| asked.path.starts_with(prefix))
            && !preflight
        {
            assert_eq!(self.header("cache-control"), Some("no-store"), "{}", asked.path);
        }
        if let Some(length) = self.header("content-length") {
            assert!(
                asked.method == "head" || length == self.text.len().to_string(),
                "{}",
                asked.path
            );
        }
    }

    fn check_problem(&self) {
        if !self.status.is_client_error() && !self.status.is_server_error() {
            return;
        }
        let Value::Object(body) = &self.body else {
            panic!("{} without a problem: {}", self.status, self.text)
        };
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(body["status"], self.status.as_u16());
        assert_eq!(
            body["type"],
            format!("/problems/{}", body["code"].as_str().unwrap())
        );
        assert_eq!(body["instance"], self.header("x-request-id").unwrap());
        self.check_failure_headers();
    }

    /// RFC 6749 §5.2.
    fn check_oauth_error(&self) {
        if !self.status.is_client_error() && !self.status.is_server_error() {
            return;
        }
        assert_eq!(self.header("content-type"), Some("application/json"));
        let description = self.text_at("/error_description");
        let allowed = |c: char| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~');
        assert!(description.chars().all(allowed), "{description}");
        assert!(!self.text_at("/error").is_empty());
        assert_eq!(self.body["instance"], self.header("x-request-id").unwrap());
        self.check_failure_headers();
    }

    fn check_failure_headers(&self) {
        let challenged = self.headers.contains_key(header::WWW_AUTHENTICATE);
        assert_eq!(challenged, self.status == StatusCode::UNAUTHORIZED);
        let waits = self.headers.contains_key(header::RETRY_AFTER);
        let later = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];
        assert_eq!(waits, later.contains(&self.status));
    }
}

/// The description of a path, ids and all.
fn described_path(asked: &str) -> Option<&'static Value> {
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let matches = |template: &str| {
        let (template, asked) = (template.split('/'), asked.split('/'));
        template.clone().count() == asked.clone().count()
            && template
                .zip(asked)
                .all(|(part, given)| part.starts_with('{') || part == given)
    };
    paths
        .iter()
        .find(|(template, _)| matches(template))
        .map(|(_, path)| path)
}

fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(redacted_text(text)),
        Value::Array(items) => items.iter().map(redacted).collect(),
        Value::Object(fields) => {
            let pairs = fields.iter().map(|(key, value)| match key.as_str() {
                "csrf_token" => (key.clone(), Value::from("[csrf token]")),
                _ => (key.clone(), redacted(value)),
            });
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn redacted_text(text: &str) -> String {
    match text.get(..36).filter(|head| Uuid::parse_str(head).is_ok()) {
        Some(id) => text.replace(id, "[id]"),
        None if text.starts_with("ktr_") => "[refresh token]".to_owned(),
        None if text.starts_with("eyJ") => "[access token]".to_owned(),
        None => text.to_owned(),
    }
}
