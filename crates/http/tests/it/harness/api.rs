//! A client that keeps its tokens itself and sends neither origin nor cookies.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};

use super::{Answer, Builder, Server, request, sign_in_body, with_form, with_json};

pub(crate) struct Api {
    server: Arc<Server>,
    access: Mutex<Option<String>>,
}

impl Api {
    pub(crate) const fn new(server: Arc<Server>) -> Self {
        Self {
            server,
            access: Mutex::new(None),
        }
    }

    /// Signs in with body delivery; answers the session's id and the refresh token.
    pub(crate) async fn sign_in(&self) -> (String, String) {
        let answer = self
            .post("/auth/signin", &sign_in_body())
            .await
            .expect_status(200);
        self.bear(answer.text_at("/access_token"));
        (answer.text_at("/session/id"), answer.text_at("/refresh_token"))
    }

    /// From now on sends this access token.
    pub(crate) fn bear(&self, access: impl Into<String>) {
        *self.access.lock().unwrap() = Some(access.into());
    }

    pub(crate) fn access(&self) -> String {
        self.access.lock().unwrap().clone().expect("signed in")
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.post("/auth/refresh", &json!({ "refresh_token": token }))
            .await
    }

    pub(crate) async fn refresh_with_key(&self, token: &str, key: &str) -> Answer {
        let builder = self
            .request(Method::POST, "/auth/refresh")
            .header("idempotency-key", key);
        let request = with_json(builder, &json!({ "refresh_token": token }));
        self.server.send(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        self.server.send(request).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.server
            .send(with_json(self.request(Method::POST, path), body))
            .await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.server
            .send(with_json(self.request(Method::PATCH, path), body))
            .await
    }

    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let builder = self.request(Method::POST, path);
        self.server.send(with_form(builder, fields)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        let request = self.request(Method::DELETE, path).body(Body::empty()).unwrap();
        self.server.send(request).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> Builder {
        let builder = request(method, path).header(header::USER_AGENT, "api-client/1.0");
        match &*self.access.lock().unwrap() {
            Some(access) => builder.header(header::AUTHORIZATION, format!("Bearer {access}")),
            None => builder,
        }
    }

    pub(crate) async fn send(&self, builder: Builder, body: &Value) -> Answer {
        self.server.send(with_json(builder, body)).await
    }
}
