//! `POST /admin/users/{id}/sessions` and `POST /auth/signin/code`: a session for a person whom a service has authenticated.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::http::{Method, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyturn_core::model::{AccountState, Agent, AuditActor, AuditEvent, AuditKind, EndReason, ServiceScope};
use keyturn_core::ports::{AuditFilter, AuditStore, Page};
use serde_json::{Value, json};

use crate::harness::{
    ADMIN_EMAIL, Answer, EMAIL, Server, policy, request, settings, sign_in_body, with_json,
};

const EXCHANGE: &str = "/auth/signin/code";

/// A service that has authenticated Ann.
struct Portal {
    server: Arc<Server>,
    authorization: String,
    ann: String,
}

fn basic(name: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
}

impl Portal {
    async fn over(server: Arc<Server>) -> Self {
        server.ann().await;
        let ann = server.api_of(EMAIL).await.get("/auth/session").await;
        let secret = server.service("portal", &[ServiceScope::SessionStart]).await;
        Self {
            authorization: basic("portal", &secret),
            ann: ann.text_at("/user_id"),
            server,
        }
    }

    async fn new() -> Self {
        Self::over(Server::new()).await
    }

    async fn ask_as(&self, authorization: &str, id: &str, body: &Value) -> Answer {
        let path = format!("/admin/users/{id}/sessions");
        let builder = request(Method::POST, &path).header(header::AUTHORIZATION, authorization);
        self.server.send(with_json(builder, body)).await
    }

    async fn ask(&self, delivery: &str) -> Answer {
        let body = json!({ "delivery": delivery });
        self.ask_as(&self.authorization, &self.ann, &body).await
    }

    async fn code(&self) -> Value {
        let answer = self.ask("code").await.expect_status(200);
        assert_eq!(answer.body["expires_in"], 60);
        assert!(answer.text_at("/code").starts_with("ktc_"));
        json!({ "code": answer.text_at("/code") })
    }

    /// What was written of this kind, newest first.
    async fn events(&self, kind: AuditKind) -> Vec<AuditEvent> {
        let filter = AuditFilter {
            kind: Some(kind),
            ..AuditFilter::default()
        };
        let page = Page {
            before: None,
            limit: 100,
        };
        let found = self.server.store.list_audit(&filter, page).await.unwrap();
        found.into_iter().map(|stored| stored.event).collect()
    }
}

#[tokio::test]
async fn r2_6_a_browser_exchanges_a_code_for_cookies_once() {
    let portal = Portal::new().await;
    let (first, second) = (portal.server.browser(), portal.server.browser());
    let code = portal.code().await;
    let answer = first.post(EXCHANGE, &code).await.expect_status(200);
    assert_eq!(answer.body["user_id"], portal.ann.as_str());
    assert_eq!(answer.body["session"]["delivery"], "cookie");
    for name in ["access", "refresh", "device", "csrf"] {
        assert!(first.jar().value(name).is_some(), "{name}");
    }
    first.get("/auth/session").await.expect_status(200);
    first.refresh().await.expect_status(200);
    for browser in [&second, &first] {
        let again = browser.post(EXCHANGE, &code).await;
        again.expect_problem(400, "code-invalid");
    }
    first.get("/auth/session").await.expect_status(200);
}

#[tokio::test]
async fn of_two_who_exchange_one_code_at_once_one_wins() {
    let portal = Portal::new().await;
    let (first, second) = (portal.server.browser(), portal.server.browser());
    let code = portal.code().await;
    let both = futures::join!(first.post(EXCHANGE, &code), second.post(EXCHANGE, &code));
    let mut statuses = [both.0.status.as_u16(), both.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
}

#[tokio::test]
async fn a_code_is_good_for_a_minute() {
    let portal = Portal::new().await;
    let (early, late) = (portal.code().await, portal.code().await);
    portal.server.pass(59);
    let browser = portal.server.browser();
    browser.post(EXCHANGE, &early).await.expect_status(200);
    portal.server.pass(1);
    let stranger = portal.server.browser();
    stranger
        .post(EXCHANGE, &late)
        .await
        .expect_problem(400, "code-invalid");
    for nonsense in ["", "ktc_", "kto_AAAA", "a password"] {
        let answer = stranger.post(EXCHANGE, &json!({ "code": nonsense })).await;
        answer.expect_problem(400, "code-invalid");
    }
}

#[tokio::test]
async fn a_code_signs_in_whoever_keeps_its_tokens_itself_too() {
    let portal = Portal::new().await;
    let api = portal.server.api();
    let answer = api.post(EXCHANGE, &portal.code().await).await.expect_status(200);
    api.refresh(&answer.text_at("/refresh_token"))
        .await
        .expect_status(200);
}

#[tokio::test]
async fn r2_6_tokens_in_the_body_work_and_who_vouched_is_written_down() {
    let portal = Portal::new().await;
    let answer = portal.ask("body").await.expect_status(200);
    let api = portal.server.api();
    api.bear(answer.text_at("/access_token"));
    api.get("/auth/session").await.expect_status(200);
    api.refresh(&answer.text_at("/refresh_token"))
        .await
        .expect_status(200);
    let started = portal.events(AuditKind::SessionStarted).await;
    assert_eq!(started[0].detail, "body by portal");
    assert_eq!(started[0].origin.actor, AuditActor::Service);
    assert_eq!(
        started[0].kind.words(&started[0].detail),
        "signed in, body delivery, let in by service portal"
    );
    let admin = portal.server.admin().await;
    let path = format!("/admin/sessions/{}", answer.text_at("/session/id"));
    let story = admin.get(&path).await.expect_status(200);
    assert!(story.text.contains("let in by service portal"), "{}", story.text);
}

#[tokio::test]
async fn a_code_and_what_became_of_it_are_written_down_by_name() {
    let portal = Portal::new().await;
    let code = portal.code().await;
    let prepared = portal.events(AuditKind::SessionPrepared).await;
    assert_eq!(prepared.len(), 1);
    assert_eq!(prepared[0].detail, "portal");
    assert_eq!(prepared[0].origin.actor, AuditActor::Service);
    assert!(prepared[0].user_id.is_some());
    let browser = portal.server.browser();
    browser.post(EXCHANGE, &code).await.expect_status(200);
    let started = portal.events(AuditKind::SessionStarted).await;
    assert_eq!(started[0].detail, "cookie by portal");
    assert_eq!(started[0].origin.actor, AuditActor::Person);
    assert_eq!(started[0].user_id, prepared[0].user_id);
}

#[tokio::test]
async fn r2_6_whoever_is_no_service_of_that_scope_starts_nothing() {
    let portal = Portal::new().await;
    let admin = portal.server.admin().await;
    let api = portal.server.service("api", &[ServiceScope::Introspect]).await;
    let stranger = basic("portal", "kts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let bearer = format!("Bearer {}", admin.access());
    let before = portal.events(AuditKind::SessionStarted).await.len();
    for (who, authorization, status, code) in [
        ("a wrong secret", stranger, 401, "invalid-client"),
        ("another's name", basic("portal", &api), 401, "invalid-client"),
        ("another scope", basic("api", &api), 403, "insufficient-scope"),
        ("a password", basic(ADMIN_EMAIL, "x"), 401, "invalid-client"),
        ("an administrator", bearer, 401, "invalid-client"),
        ("nobody", String::new(), 401, "invalid-client"),
    ] {
        for body in [
            json!({ "delivery": "body" }),
            json!({ "delivery": "code" }),
            json!({}),
        ] {
            let answer = portal.ask_as(&authorization, &portal.ann, &body).await;
            assert_eq!(answer.status.as_u16(), status, "{who}: {}", answer.text);
            assert_eq!(answer.body["code"], code, "{who}");
        }
    }
    assert_eq!(portal.events(AuditKind::SessionStarted).await.len(), before);
    assert_eq!(portal.events(AuditKind::SessionPrepared).await, []);
}

#[tokio::test]
async fn cookies_open_nothing_here_and_another_origin_is_refused() {
    let portal = Portal::new().await;
    portal.server.administrator(ADMIN_EMAIL).await;
    let browser = portal.server.browser();
    let mut body = sign_in_body();
    body["email"] = json!(ADMIN_EMAIL);
    browser.sign_in_with(&body).await;
    let path = format!("/admin/users/{}/sessions", portal.ann);
    let answer = browser.post(&path, &json!({ "delivery": "code" })).await;
    answer.expect_problem(401, "invalid-client");
    let forged = request(Method::POST, &path)
        .header("origin", "https://evil.example")
        .header(header::AUTHORIZATION, &portal.authorization);
    let forged = with_json(forged, &json!({ "delivery": "code" }));
    let answer = portal.server.send(forged).await;
    answer.expect_problem(403, "csrf-origin");
    // A browser that has a service's secret is given no refresh token all the same.
    let page = browser
        .request(Method::POST, &path)
        .header(header::AUTHORIZATION, &portal.authorization);
    let answer = browser
        .send(with_json(page, &json!({ "delivery": "body" })))
        .await;
    answer.expect_problem(400, "delivery-not-available");
}

#[tokio::test]
async fn only_active_accounts_are_let_in_and_unknown_ones_are_404() {
    let portal = Portal::new().await;
    let code = portal.code().await;
    portal.server.set_state(AccountState::Suspended).await;
    for delivery in ["body", "code"] {
        let refused = portal.ask(delivery).await;
        let refused = refused.expect_problem(403, "account-not-active");
        assert_eq!(refused.body["account_state"], "suspended");
        let body = json!({ "delivery": delivery });
        let unknown = portal.ask_as(&portal.authorization, "nobody", &body).await;
        unknown.expect_problem(404, "not-found");
    }
    let browser = portal.server.browser();
    let void = browser.post(EXCHANGE, &code).await;
    void.expect_problem(400, "code-invalid");
    portal.server.set_state(AccountState::Active).await;
    let still_void = browser.post(EXCHANGE, &code).await;
    still_void.expect_problem(400, "code-invalid");
}

#[tokio::test]
async fn a_code_does_not_outlive_the_end_of_all_sessions() {
    let portal = Portal::new().await;
    let code = portal.code().await;
    let admin = portal.server.admin().await;
    let path = format!("/admin/users/{}/sessions", portal.ann);
    admin.delete(&path).await.expect_status(200);
    let browser = portal.server.browser();
    let late = browser.post(EXCHANGE, &code).await;
    late.expect_problem(400, "code-invalid");
    browser
        .post(EXCHANGE, &portal.code().await)
        .await
        .expect_status(200);
}

#[tokio::test]
async fn what_bounds_a_sign_in_bounds_these_sessions() {
    let mut policy = policy();
    policy.session.per_account_limit = NonZeroU32::new(2);
    let portal = Portal::over(Server::with(settings(), policy)).await;
    let browser = portal.server.browser();
    let replaced = browser.sign_in().await;
    let answer = browser.post(EXCHANGE, &portal.code().await).await;
    let second = answer.expect_status(200).text_at("/session/id");
    assert_eq!(
        portal.server.end_reason(&replaced).await,
        Some(EndReason::Replaced)
    );
    portal.server.pass(1);
    portal.ask("body").await.expect_status(200);
    portal.server.pass(1);
    portal.ask("body").await.expect_status(200);
    assert_eq!(
        portal.server.end_reason(&second).await,
        Some(EndReason::SessionLimit)
    );
}

#[tokio::test]
async fn a_body_that_says_something_else_is_refused() {
    let portal = Portal::new().await;
    for body in [
        json!({}),
        json!({ "delivery": "cookie" }),
        json!({ "delivery": null }),
        json!({ "delivery": { "code": null } }),
        json!({ "delivery": "code", "user": "bob" }),
    ] {
        let answer = portal.ask_as(&portal.authorization, &portal.ann, &body).await;
        answer.expect_problem(422, "invalid-fields");
    }
    let code = portal.code().await;
    let with_more = json!({ "code": code["code"], "user_id": "bob" });
    let browser = portal.server.browser();
    browser
        .post(EXCHANGE, &with_more)
        .await
        .expect_problem(422, "invalid-fields");
    browser.post(EXCHANGE, &code).await.expect_status(200);
}

#[tokio::test]
async fn r2_6_a_session_that_was_not_started_is_written_down_with_the_service() {
    let portal = Portal::new().await;
    let body = json!({ "delivery": "code" });
    let nobody = "0190c2a4-0000-7000-8000-00000000ffff";
    portal
        .ask_as(&portal.authorization, nobody, &body)
        .await
        .expect_problem(404, "not-found");
    let code = portal.code().await;
    portal.server.set_state(AccountState::Suspended).await;
    for delivery in ["body", "code"] {
        portal
            .ask(delivery)
            .await
            .expect_problem(403, "account-not-active");
    }
    let api = portal.server.api();
    let void = api.post(EXCHANGE, &code).await;
    void.expect_problem(400, "code-invalid");
    for wrong in ["", "ktc_", "ktc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let body = json!({ "code": wrong });
        api.post(EXCHANGE, &body)
            .await
            .expect_problem(400, "code-invalid");
    }
    let written = portal.events(AuditKind::SessionRefused).await;
    let told: Vec<_> = written
        .iter()
        .rev()
        .map(|event| {
            let agent = event.origin.agent.as_ref().and_then(Agent::service);
            let service = agent.map(ToString::to_string);
            (
                event.detail.as_str(),
                event.user_id.is_some(),
                service.unwrap_or_default(),
            )
        })
        .collect();
    let portal = || "portal".to_owned();
    assert_eq!(
        told,
        [
            ("unknown_account", false, portal()),
            ("suspended", true, portal()),
            ("suspended", true, portal()),
            ("invalid_code", false, String::new()),
            ("invalid_code", false, String::new()),
            ("invalid_code", false, String::new()),
            ("invalid_code", false, String::new()),
        ]
    );
}
