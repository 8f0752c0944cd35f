//! In a router of axum's: what gets through, and what the answers say.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response, header};
use axum::routing::get;
use axum::{Json, Router};
use http_body_util::BodyExt as _;
use keyturn_verifier::{
    Answer, Liveness, Presented, Refusal, RequirePermission, Session, SessionContext, SessionLayer, Standing,
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::fixtures::{StillClock, by_secret, token};

/// Says nothing of use.
struct CutOff;

impl Liveness for CutOff {
    fn check<'a>(&'a self, _: Presented<'a>) -> Answer<'a> {
        Answer::Now(Standing::Unavailable)
    }
}

/// Has seen every session end.
struct AllOver;

impl Liveness for AllOver {
    fn check<'a>(&'a self, _: Presented<'a>) -> Answer<'a> {
        Answer::Now(Standing::Ended {
            reason: Some("idle".into()),
        })
    }
}

fn routes() -> Router {
    Router::new()
        .route("/reports", get(|| async { "all" }))
        .route_layer(RequirePermission::new("reports:read"))
        .route(
            "/context",
            get(|context: SessionContext| async move { Json(context) }),
        )
        .route("/mine", get(|session: Session| async move { session.user_id }))
        .route("/close", get(close))
}

async fn close(session: Session) -> Result<&'static str, Refusal> {
    session.require("tasks:close")?;
    Ok("closed")
}

async fn ask(app: Router, path: &str, authorization: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path);
    if let Some(value) = authorization {
        request = request.header(header::AUTHORIZATION, value);
    }
    app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn body(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Status, challenge and body of a refusal, whose common headers are checked.
async fn refused(response: Response<Body>) -> (u16, Option<String>, Value) {
    let status = response.status().as_u16();
    let text = |name| {
        let value = response.headers().get(name);
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(
        text(header::CONTENT_TYPE).as_deref(),
        Some("application/problem+json")
    );
    assert_eq!(text(header::CACHE_CONTROL).as_deref(), Some("no-store"));
    assert_eq!(text(header::RETRY_AFTER).is_some(), status == 503);
    let challenge = text(header::WWW_AUTHENTICATE);
    let problem: Value = serde_json::from_str(&body(response).await).unwrap();
    assert_eq!(problem["status"], status);
    (status, challenge, problem)
}

fn app() -> Router {
    let verifier = by_secret(&Arc::new(StillClock::default())).build();
    routes().layer(SessionLayer::new(verifier))
}

#[tokio::test]
async fn r2_5_the_context_reaches_handlers() {
    let bearer = format!("Bearer {}", token());
    assert_eq!(body(ask(app(), "/mine", Some(&bearer)).await).await, "42");
    assert_eq!(body(ask(app(), "/close", Some(&bearer)).await).await, "closed");
    let context: Value =
        serde_json::from_str(&body(ask(app(), "/context", Some(&bearer)).await).await).unwrap();
    assert_eq!(context["email"], "ann@example.org");
    assert_eq!(context["permissions"], json!(["tasks:read", "tasks:close"]));
    let nobody: Value = serde_json::from_str(&body(ask(app(), "/context", None).await).await).unwrap();
    assert_eq!(nobody["is_authenticated"], false);
}

/// RFC 6750 §3: a challenge with every 401, an error code only where a token came.
#[tokio::test]
async fn r2_4_what_is_not_let_in_is_told_why() {
    let good = format!("Bearer {}", token());
    for (path, authorization, status, challenge, code) in [
        ("/mine", None, 401, "Bearer", "credentials-missing"),
        ("/reports", None, 401, "Bearer", "credentials-missing"),
        (
            "/context",
            Some("Bearer nonsense"),
            401,
            r#"Bearer error="invalid_token", error_description="token-unknown""#,
            "token-unknown",
        ),
        (
            "/context",
            Some("Basic YTpi"),
            401,
            r#"Bearer error="invalid_token", error_description="token-unknown""#,
            "token-unknown",
        ),
        (
            "/reports",
            Some(&*good),
            403,
            r#"Bearer error="insufficient_scope""#,
            "permission-missing",
        ),
    ] {
        let (was, challenged, problem) = refused(ask(app(), path, authorization).await).await;
        assert_eq!((was, challenged.as_deref()), (status, Some(challenge)), "{path}");
        assert_eq!(problem["code"], code, "{path}");
        assert!(problem["detail"].is_string());
        assert!(
            !problem.to_string().contains("nonsense"),
            "no answer repeats a token"
        );
    }
}

#[tokio::test]
async fn a_client_is_told_that_its_session_is_over_and_never_so_by_who_does_not_know() {
    let bearer = format!("Bearer {}", token());
    let with = |liveness: Arc<dyn Liveness>| {
        let verifier = by_secret(&Arc::new(StillClock::default()))
            .liveness(liveness)
            .build();
        routes().layer(SessionLayer::new(verifier))
    };
    let (status, challenge, problem) =
        refused(ask(with(Arc::new(AllOver)), "/context", Some(&bearer)).await).await;
    assert_eq!(
        (status, &problem["code"], &problem["reason"]),
        (401, &json!("session-ended"), &json!("idle"))
    );
    assert!(challenge.unwrap().contains("session-ended"));
    let (status, challenge, problem) =
        refused(ask(with(Arc::new(CutOff)), "/context", Some(&bearer)).await).await;
    assert_eq!((status, challenge), (503, None));
    assert_eq!(problem["code"], "verification-unavailable");
}

#[tokio::test]
async fn a_required_session_is_asked_for_before_the_route() {
    let verifier = by_secret(&Arc::new(StillClock::default())).build();
    let app = || routes().layer(SessionLayer::new(verifier.clone()).required());
    assert_eq!(refused(ask(app(), "/context", None).await).await.0, 401);
    let bearer = format!("Bearer {}", token());
    assert_eq!(ask(app(), "/context", Some(&bearer)).await.status(), 200);
}

/// A forgotten layer lets nobody in, and does not look like a sign-out.
#[tokio::test]
async fn without_the_layer_a_route_that_asks_is_an_error_of_the_service() {
    let bearer = format!("Bearer {}", token());
    for path in ["/context", "/mine", "/reports"] {
        let (status, challenge, problem) = refused(ask(routes(), path, Some(&bearer)).await).await;
        assert_eq!(
            (status, challenge, &problem["code"]),
            (500, None, &json!("internal")),
            "{path}"
        );
        assert!(problem.get("detail").is_none());
    }
}
