//! Every field that the documents list, under the name that they give it: in the session context, in the list of sessions, and in a
//! session looked at by itself, while it lives and after its end. Values of tokens are in the answer that issues them, and nowhere else.

use axum::http::{Method, header};
use keyturn_core::lifetime::SessionPolicy;
use keyturn_core::service::Policy;
use serde_json::{Value, json};

use crate::harness::{self, APP_ORIGIN, Browser, EMAIL, PASSWORD, Server, with_json};

const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64)";
const START: &str = "2026-01-01T00:00:00Z";
const REFRESHED: &str = "2026-01-01T00:25:00Z";

/// Remembered for 7 days of silence, as the third document has it.
fn policy() -> Policy {
    let day = jiff::SignedDuration::from_hours(24);
    Policy {
        session: SessionPolicy {
            remember: Some((day * 7, day * 30)),
            ..SessionPolicy::default()
        },
        ..harness::policy()
    }
}

/// Ann in her browser, 25 minutes after she signed in, one refresh later.
struct Visit {
    server: std::sync::Arc<Server>,
    browser: Browser,
    user: String,
    session: String,
}

impl Visit {
    async fn with(body: &Value) -> Self {
        let server = Server::with(harness::settings(), policy());
        server.ann().await;
        let browser = server.browser();
        let request = browser.unsafe_request(Method::POST, "/auth/signin").await;
        let request = request.header(header::USER_AGENT, USER_AGENT);
        let signed_in = browser.send(with_json(request, body)).await.expect_status(200);
        server.pass(25 * 60);
        browser.refresh().await.expect_status(200);
        Self {
            server,
            browser,
            user: signed_in.text_at("/user_id"),
            session: signed_in.text_at("/session/id"),
        }
    }

    /// The session in each place where it can be read, with its tokens.
    async fn readings(&self) -> Vec<(&'static str, Value)> {
        let context = self.browser.get("/auth/session").await.expect_status(200).body;
        let mut in_context = context["session"].clone();
        in_context["tokens"] = context["tokens"].clone();
        let mut readings = vec![("/auth/session", in_context)];
        readings.extend(self.readings_by(&self.browser).await);
        readings
    }

    /// The same as another session of the same person reads it.
    async fn readings_by(&self, other: &Browser) -> [(&'static str, Value); 2] {
        let path = format!("/auth/sessions/{}", self.session);
        let one = other.get(&path).await.expect_status(200).body;
        let all = other
            .get("/auth/sessions?state=all")
            .await
            .expect_status(200)
            .body;
        let listed = all["items"].as_array().unwrap().iter();
        let listed = listed
            .filter(|item| item["id"] == self.session.as_str())
            .collect::<Vec<_>>();
        assert_eq!(listed.len(), 1, "{all}");
        [
            ("/auth/sessions/{id}", one),
            ("/auth/sessions?state=all", listed[0].clone()),
        ]
    }
}

/// A token of this type and generation.
fn token<'a>(session: &'a Value, token_type: &str, generation: u32) -> &'a Value {
    let id = format!("{}.{generation}", session["id"].as_str().unwrap());
    let mut tokens = session["tokens"].as_array().unwrap().iter();
    tokens
        .find(|token| token["id"] == id.as_str() && token["token_type"] == token_type)
        .unwrap_or_else(|| panic!("no {token_type} token {generation}: {session}"))
}

/// Each field with the value that it must have.
fn assert_fields(place: &str, entity: &Value, fields: &[(&str, Value)]) {
    for (name, expected) in fields {
        assert_eq!(entity.get(name), Some(expected), "{place}: `{name}` in {entity}");
    }
}

#[tokio::test]
async fn r1_7_r5_1_a_live_session_shows_every_field_that_the_documents_list() {
    let visit = Visit::with(&harness::sign_in_body()).await;
    let user = json!(visit.user);
    for (place, session) in visit.readings().await {
        // Document 1, "User Session" and "Token Refresh Mechanism"; document 5, "User Session Entity".
        assert_fields(
            place,
            &session,
            &[
                ("user_id", user.clone()),
                ("session_start", json!(START)),
                ("last_activity", json!(REFRESHED)),
                ("is_active", json!(true)),
                ("session_timeout", json!(60)),
                ("state", json!("active")),
                ("last_refresh", json!(REFRESHED)),
                ("next_refresh", json!("2026-01-01T00:50:00Z")),
                ("last_login", json!(START)),
                ("ip_address", json!("192.0.2.7")),
                ("user_agent", json!(USER_AGENT)),
                ("is_authenticated", json!(true)),
                ("ended_at", Value::Null),
                ("end_reason", Value::Null),
            ],
        );
        // Document 1, "Authentication Token"; document 5, "Authentication Token Entity".
        let current = |expires_at: &str, token_type: &str| {
            [
                ("token_type", json!(token_type)),
                ("user_id", user.clone()),
                ("created_at", json!(REFRESHED)),
                ("expires_at", json!(expires_at)),
                ("is_active", json!(true)),
                ("state", json!("active")),
                ("is_rotated", json!(false)),
            ]
        };
        assert_fields(
            place,
            token(&session, "access", 1),
            &current("2026-01-01T00:55:00Z", "access"),
        );
        assert_fields(
            place,
            token(&session, "refresh", 1),
            &current("2026-01-01T01:25:00Z", "refresh"),
        );
        assert_fields(
            place,
            token(&session, "refresh", 0),
            &[
                ("created_at", json!(START)),
                ("is_active", json!(false)),
                ("state", json!("revoked")),
                ("is_rotated", json!(true)),
            ],
        );
        let text = session.to_string();
        assert!(!text.contains("ktr_") && !text.contains("eyJ"), "{place}: {text}");
    }
}

#[tokio::test]
async fn r1_7_r5_1_an_ended_session_shows_them_too() {
    let visit = Visit::with(&harness::sign_in_body()).await;
    visit.browser.sign_out().await.expect_status(204);
    let later = visit.server.browser();
    later.sign_in().await;
    for (place, session) in visit.readings_by(&later).await {
        assert_fields(
            place,
            &session,
            &[
                ("user_id", json!(visit.user)),
                ("state", json!("terminated")),
                ("is_active", json!(false)),
                ("is_authenticated", json!(false)),
                ("session_start", json!(START)),
                ("last_login", json!(START)),
                ("last_refresh", json!(REFRESHED)),
                ("next_refresh", Value::Null),
                ("ip_address", json!("192.0.2.7")),
                ("user_agent", json!(USER_AGENT)),
                ("ended_at", json!(REFRESHED)),
                ("end_reason", json!("signed_out")),
                ("current", json!(false)),
            ],
        );
        for (token_type, generation) in [("access", 1), ("refresh", 1), ("refresh", 0)] {
            assert_fields(
                place,
                token(&session, token_type, generation),
                &[("state", json!("revoked")), ("is_active", json!(false))],
            );
        }
    }
}

#[tokio::test]
async fn r1_7_a_session_that_is_kept_says_so_by_its_ends_in_the_answer_and_in_the_list() {
    let body = json!({ "email": EMAIL, "password": PASSWORD, "remember": true });
    let visit = Visit::with(&body).await;
    for (place, session) in visit.readings().await {
        assert_fields(
            place,
            &session,
            &[
                ("session_timeout", json!(7 * 24 * 60)),
                ("idle_ends_at", json!("2026-01-08T00:25:00Z")),
                ("ends_at", json!("2026-01-31T00:00:00Z")),
            ],
        );
    }
    let again = visit.browser.sign_in_with(&body).await;
    assert_eq!(again.body["session"]["session_timeout"], 7 * 24 * 60);
    assert_eq!(again.body["refresh_expires_in"], 7 * 24 * 3_600);
}

#[tokio::test]
async fn r2_5_the_context_has_every_field_that_the_document_lists() {
    let visit = Visit::with(&harness::sign_in_body()).await;
    let context = visit.browser.get("/auth/session").await.expect_status(200).body;
    assert_fields(
        "/auth/session",
        &context,
        &[
            ("user_id", json!(visit.user)),
            ("email", json!(EMAIL)),
            ("is_authenticated", json!(true)),
            ("permissions", json!([])),
            ("username", json!("ann")),
            ("account_state", json!("active")),
        ],
    );
    // The same for a page of another origin, and for one that nobody is signed in on.
    let nobody = Browser::new(visit.server.clone(), APP_ORIGIN);
    let context = nobody.get("/auth/session").await.expect_status(200).body;
    assert_fields(
        "/auth/session",
        &context,
        &[
            ("user_id", Value::Null),
            ("email", Value::Null),
            ("is_authenticated", json!(false)),
            ("permissions", json!([])),
            ("session", Value::Null),
        ],
    );
}
