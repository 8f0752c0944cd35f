//! Who is turned away as a service is written down, wherever services prove who they are (ASVS 5.0 V16.3.1, V16.3.2).

use std::sync::Arc;

use axum::http::{Method, Request, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyturn_core::model::{Agent, AuditActor, AuditEvent, AuditKind, ServiceScope};
use keyturn_core::ports::{AuditFilter, AuditStore, Page};
use keyturn_testkit::mem_store::StoreFault;
use serde_json::json;

use crate::harness::{Answer, Server, policy, request, settings, with_form, with_json};

/// Of the right form, and nobody's.
const STRANGER: &str = "kts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Where a service proves who it is, and whether it needs a scope there.
#[derive(Clone, Copy, Debug)]
enum Route {
    Introspect,
    Start,
    Changes,
    Revoke,
    Token,
}

impl Route {
    const ALL: [Self; 5] = [
        Self::Introspect,
        Self::Start,
        Self::Changes,
        Self::Revoke,
        Self::Token,
    ];

    /// The scope that it asks for.
    fn scope(self) -> Option<&'static str> {
        match self {
            Self::Introspect => Some("introspect"),
            Self::Start => Some("session:start"),
            Self::Changes => Some("changes:sessions"),
            Self::Revoke | Self::Token => None,
        }
    }

    async fn ask(self, server: &Arc<Server>, authorization: &str) -> Answer {
        let (method, path) = match self {
            Self::Introspect => (Method::POST, "/auth/introspect"),
            Self::Start => (Method::POST, "/admin/users/nobody/sessions"),
            Self::Changes => (Method::GET, "/auth/changes"),
            Self::Revoke => (Method::POST, "/auth/revoke"),
            Self::Token => (Method::POST, "/auth/token"),
        };
        let builder = request(method, path)
            .header(header::AUTHORIZATION, authorization)
            .header("x-request-id", format!("{self:?}"));
        let asked: Request<_> = match self {
            Self::Start => with_json(builder, &json!({ "delivery": "code" })),
            Self::Token => with_form(builder, &[("grant_type", "password")]),
            _ => with_form(builder, &[("token", "a.b.c")]),
        };
        server.send(asked).await
    }
}

fn basic(name: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
}

/// What was written of services that were turned away, oldest first.
async fn written(server: &Server) -> Vec<AuditEvent> {
    let filter = AuditFilter {
        kind: Some(AuditKind::ServiceRefused),
        ..AuditFilter::default()
    };
    let page = Page {
        before: None,
        limit: 2_000,
    };
    let found = server.store.list_audit(&filter, page).await.unwrap();
    found.into_iter().rev().map(|stored| stored.event).collect()
}

#[tokio::test]
async fn wherever_a_service_proves_itself_who_is_turned_away_is_written_down_with_their_origin() {
    for route in Route::ALL {
        let server = Server::new();
        let api = server.service("api", &[]).await;
        server.service("portal", &[ServiceScope::Introspect]).await;
        for (authorization, detail) in [
            (basic("api", STRANGER), "wrong_secret api"),
            (basic("portal", &api), "wrong_secret portal"),
            (basic("api", "a password"), "wrong_secret api"),
            (basic("nobody", &api), "unknown_service"),
            (basic("nobody", STRANGER), "unknown_service"),
            (basic("", STRANGER), "unknown_service"),
        ] {
            let answer = route.ask(&server, &authorization).await;
            assert_eq!(answer.status, 401, "{route:?} {detail}: {}", answer.text);
            let event = written(&server).await.pop().unwrap();
            assert_eq!(event.detail, detail, "{route:?}");
            assert_eq!(event.origin.actor, AuditActor::Person);
            assert_eq!(event.origin.agent, None, "nobody has proved to be it");
            assert_eq!(event.origin.ip, Some([192, 0, 2, 7].into()));
            let request_id = event.origin.request_id.unwrap();
            assert_eq!(request_id.as_str(), format!("{route:?}"));
        }
        let before = written(&server).await.len();
        assert_eq!(before, 6, "{route:?}");
        let answer = route.ask(&server, &basic("api", &api)).await;
        let Some(scope) = route.scope() else {
            assert_ne!(answer.status, 401, "{route:?}: {}", answer.text);
            assert_eq!(written(&server).await.len(), before);
            continue;
        };
        assert_eq!(answer.status, 403, "{route:?}: {}", answer.text);
        let event = written(&server).await.pop().unwrap();
        assert_eq!(event.detail, format!("scope_missing {scope}"));
        assert_eq!(event.origin.actor, AuditActor::Service);
        let agent = event.origin.agent.as_ref().and_then(Agent::service);
        assert_eq!(agent.unwrap().as_str(), "api");
        assert_eq!(event.origin.ip, Some([192, 0, 2, 7].into()));
        assert_eq!(
            event.kind.words(&event.detail),
            format!("a service was turned away: it lacks the scope {scope}")
        );
    }
}

#[tokio::test]
async fn a_secret_as_bearer_that_is_nobodys_is_written_down_where_it_could_have_been_one() {
    let server = Server::new();
    let bearer = format!("Bearer {STRANGER}");
    Route::Changes
        .ask(&server, &bearer)
        .await
        .expect_problem(401, "invalid-client");
    assert_eq!(written(&server).await.pop().unwrap().detail, "unknown_service");
    // Elsewhere a bearer is a person's token, or nothing.
    for route in [Route::Introspect, Route::Start] {
        assert_eq!(route.ask(&server, &bearer).await.status, 401, "{route:?}");
    }
    assert_eq!(written(&server).await.len(), 1);
}

#[tokio::test]
async fn who_gives_no_credentials_has_failed_at_nothing() {
    let server = Server::new();
    server.service("api", &[ServiceScope::Introspect]).await;
    for nothing in ["", "Basic", "Basic !!!", "Digest abc"] {
        for route in Route::ALL {
            route.ask(&server, nothing).await;
        }
    }
    for name_alone in [basic("api", ""), basic("", "")] {
        Route::Introspect
            .ask(&server, &name_alone)
            .await
            .expect_oauth_error(401, "invalid_client");
    }
    assert_eq!(written(&server).await, []);
}

#[tokio::test]
async fn nothing_that_was_given_is_in_the_log_but_the_name_of_a_service() {
    let server = Server::new();
    let api = server.service("api", &[]).await;
    for (name, secret) in [
        ("a password in the wrong field", STRANGER),
        (api.as_str(), STRANGER),
        ("api", "another password"),
    ] {
        Route::Introspect.ask(&server, &basic(name, secret)).await;
    }
    let log = format!("{:?}", written(&server).await);
    for given in ["password", "kts_", STRANGER, &api] {
        assert!(!log.contains(given), "{given} is in {log}");
    }
}

#[tokio::test]
async fn a_flood_is_written_within_a_budget_that_hides_no_guesser_of_passwords() {
    let server = Server::new();
    server.ann().await;
    let flood = 1_003;
    for _ in 0..flood {
        Route::Introspect
            .ask(&server, &basic("api", STRANGER))
            .await
            .expect_oauth_error(401, "invalid_client");
    }
    assert_eq!(written(&server).await.len(), 1_000);
    let guess = json!({ "email": "ann@example.com", "password": "a wrong guess" });
    server.api().post("/auth/signin", &guess).await.expect_status(401);
    let page = Page {
        before: None,
        limit: 1,
    };
    let newest = server.store.list_audit(&AuditFilter::default(), page).await;
    assert_eq!(newest.unwrap().pop().unwrap().event.detail, "wrong_password");
    server.pass(1);
    Route::Introspect.ask(&server, &basic("api", STRANGER)).await;
    let next = written(&server).await.pop().unwrap();
    assert_eq!(next.detail, "unknown_service +3");
    let words = next.kind.words(&next.detail);
    assert!(
        words.ends_with("3 more like it were not written before"),
        "{words}"
    );
}

#[tokio::test]
async fn an_address_is_kept_only_where_addresses_are() {
    let mut policy = policy();
    policy.session.record_client = false;
    let server = Server::with(settings(), policy);
    let api = server.service("api", &[]).await;
    for authorization in [basic("api", STRANGER), basic("api", &api)] {
        Route::Introspect.ask(&server, &authorization).await;
    }
    let addresses: Vec<_> = written(&server)
        .await
        .iter()
        .map(|event| event.origin.ip)
        .collect();
    assert_eq!(addresses, [None, None]);
}

#[tokio::test]
async fn what_cannot_be_written_down_is_answered_as_storage_that_is_down() {
    let server = Server::new();
    let api = server.service("api", &[]).await;
    for authorization in [basic("api", STRANGER), basic("api", &api)] {
        server.store.fail_next(StoreFault::Unavailable);
        let answer = Route::Introspect.ask(&server, &authorization).await;
        assert_eq!(answer.status, 503, "{}", answer.text);
    }
}
