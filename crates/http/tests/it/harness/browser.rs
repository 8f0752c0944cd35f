//! A browser: sends its cookies and its origin, and its script echoes the CSRF cookie, fetching one where it has none.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};

use super::jar::Jar;
use super::{Answer, Builder, Server, request, sign_in_body, with_form, with_json};

pub(crate) struct Browser {
    server: Arc<Server>,
    origin: String,
    jar: Mutex<Jar>,
}

impl Browser {
    pub(crate) fn new(server: Arc<Server>, origin: &str) -> Self {
        Self {
            server,
            origin: origin.to_owned(),
            jar: Mutex::default(),
        }
    }

    /// Another browser with a copy of this one's jar: what a thief of everything has.
    pub(crate) fn copy(&self) -> Self {
        Self {
            server: Arc::clone(&self.server),
            origin: self.origin.clone(),
            jar: Mutex::new(self.jar()),
        }
    }

    /// Signs in with cookie delivery; answers the session's id.
    pub(crate) async fn sign_in(&self) -> String {
        self.sign_in_with(&sign_in_body()).await.text_at("/session/id")
    }

    pub(crate) async fn sign_in_with(&self, body: &Value) -> Answer {
        self.post("/auth/signin", body).await.expect_status(200)
    }

    pub(crate) async fn refresh(&self) -> Answer {
        self.post("/auth/refresh", &json!({})).await
    }

    pub(crate) async fn sign_out(&self) -> Answer {
        self.post("/auth/signout", &json!({})).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let builder = self.unsafe_request(Method::POST, path).await;
        self.send(with_json(builder, body)).await
    }

    /// A form, without a CSRF token: form clients can't send one.
    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let builder = self.request(Method::POST, path);
        self.send(with_form(builder, fields)).await
    }

    /// A form of a page, which brings its CSRF token in a hidden field; of a page already loaded, or of the sign-in.
    pub(crate) async fn post_page(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        if self.jar().value("csrf").is_none() {
            self.get("/signin").await.expect_status(200);
        }
        let token = self.cookie("csrf");
        let guarded: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        self.post_form(path, &guarded).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        let builder = self.unsafe_request(Method::DELETE, path).await;
        self.send(builder.body(Body::empty()).unwrap()).await
    }

    /// With the CSRF token, as a script would send it.
    pub(crate) async fn unsafe_request(&self, method: Method, path: &str) -> Builder {
        if self.jar().value("csrf").is_none() {
            self.get("/auth/csrf").await.expect_status(200);
        }
        let token = self.jar().value("csrf").unwrap();
        self.request(method, path).header("x-csrf-token", token)
    }

    /// With cookies and origin, and without a CSRF token.
    pub(crate) fn request(&self, method: Method, path: &str) -> Builder {
        let mut builder = request(method, path).header(header::ORIGIN, &self.origin);
        if let Some(cookies) = self.jar().header() {
            builder = builder.header(header::COOKIE, cookies);
        }
        builder
    }

    /// Keeps the cookies of the answer.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.server.send(request).await;
        self.with_jar(|jar| jar.keep(&answer));
        answer
    }

    pub(crate) fn jar(&self) -> Jar {
        self.jar.lock().unwrap().clone()
    }

    pub(crate) fn with_jar(&self, change: impl FnOnce(&mut Jar)) {
        change(&mut self.jar.lock().unwrap());
    }

    pub(crate) fn cookie(&self, name: &str) -> String {
        self.jar()
            .value(name)
            .unwrap_or_else(|| panic!("the jar has no {name} cookie"))
    }
}
