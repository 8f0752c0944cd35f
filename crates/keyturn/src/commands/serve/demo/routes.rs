//! What the page of the demo asks for, under `/demo/`.
//!
//! **The rule**: only from the page itself, by the address that it is served at. Another site that somebody has open can neither read
//! nor do anything here, whatever name it gives this machine.

use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use keyturn_core::model::SessionId;
use keyturn_core::ports::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::test_clock::duration;
use super::inside::Answer;
use super::person::{EMAIL, PASSWORD};
use super::{Demo, thief};
use crate::commands::explain::{story_json, story_told};
use crate::failure::Failure;

/// How far to move the clock: `{"advance": "60m"}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: String,
}

/// What can't be done, in words.
struct Refused(StatusCode, String);

type Answered = Result<Json<Value>, Refused>;

/// The page's routes, and the page.
pub(super) fn router(demo: Demo, page: Router) -> Router {
    Router::new()
        .route("/demo/facts", get(facts))
        .route("/demo/clock", post(advance))
        .route("/demo/lost-reply", post(lose_reply))
        .route("/demo/thief", post(steal))
        .route("/demo/phone/call", post(call))
        .route("/demo/phone/signin", post(sign_in_phone))
        .route("/demo/sessions/{id}/story", get(story))
        .with_state(demo.clone())
        .merge(page)
        .layer(from_fn_with_state(demo, only_from_here))
}

async fn facts(State(Demo(stage)): State<Demo>) -> Json<Value> {
    Json(json!({
        "email": EMAIL,
        "password": PASSWORD,
        "now": stage.clock.now(),
        "phone_session_id": stage.phone.session_id().await,
        "explain": stage.explain,
    }))
}

async fn advance(State(Demo(stage)): State<Demo>, Json(Advance { advance }): Json<Advance>) -> Answered {
    let refused = |why: &str| Refused(StatusCode::BAD_REQUEST, format!("`{advance}` {why}"));
    let by = duration(&advance).ok_or_else(|| refused("is not a duration: write 31m or 60m"))?;
    let now = stage.clock.advance(by);
    let now = now.ok_or_else(|| refused("leads past the end of time"))?;
    Ok(Json(json!({ "now": now })))
}

async fn lose_reply(State(Demo(stage)): State<Demo>) -> StatusCode {
    stage.lost_reply.lose_next();
    StatusCode::NO_CONTENT
}

async fn steal(State(Demo(stage)): State<Demo>, headers: HeaderMap) -> Answered {
    let cookies = headers.get(COOKIE).and_then(|cookies| cookies.to_str().ok());
    let jar = cookies.and_then(thief::stolen).ok_or_else(|| {
        Refused(
            StatusCode::CONFLICT,
            "there is nothing to steal: sign in first".to_owned(),
        )
    })?;
    told(thief::refresh(&stage.inside, jar).await)
}

async fn call(State(Demo(stage)): State<Demo>) -> Answered {
    let call = stage.phone.call(&stage.inside).await?;
    Ok(Json(json!({
        "status": call.answer.status.as_u16(),
        "body": call.answer.body,
        "refreshed": call.refreshed,
    })))
}

async fn sign_in_phone(State(Demo(stage)): State<Demo>) -> Answered {
    stage.phone.sign_in(&stage.inside).await?;
    Ok(Json(json!({ "session_id": stage.phone.session_id().await })))
}

async fn story(State(Demo(stage)): State<Demo>, Path(id): Path<SessionId>) -> Answered {
    let story = stage.accounts.story(id).await;
    let story = story.map_err(|error| Refused(StatusCode::NOT_FOUND, error.to_string()))?;
    let now = stage.clock.now();
    let mut told = story_json(&story, now);
    if let Some(fields) = told.as_object_mut() {
        // What `keyturn explain` prints.
        fields.insert("told".to_owned(), story_told(&story, now).into());
    }
    Ok(Json(told))
}

fn told(answer: Result<Answer, Failure>) -> Answered {
    let answer = answer?;
    Ok(Json(
        json!({ "status": answer.status.as_u16(), "body": answer.body }),
    ))
}

async fn only_from_here(State(Demo(stage)): State<Demo>, request: Request, next: Next) -> Response {
    if !is_ours(request.headers(), stage.inside.public_url()) {
        let why = format!(
            "the demo is at {}, and answers nobody else",
            stage.inside.public_url()
        );
        return Refused(StatusCode::FORBIDDEN, why).into_response();
    }
    let mut answer = next.run(request).await;
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Whether it names this machine by a name that we serve under, and comes from no page or from one of ours.
fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let Some(host) = text(HOST) else { return false };
    let named = public_url.strip_prefix("http://").unwrap_or(public_url);
    let port = named.rsplit(':').next().unwrap_or_default();
    let is_named = host == named || host.strip_suffix(port) == Some("127.0.0.1:");
    is_named && text(ORIGIN).is_none_or(|origin| origin.strip_prefix("http://") == Some(host))
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        tracing::error!(%failure, "the demo failed: {failure}");
        Self(StatusCode::INTERNAL_SERVER_ERROR, failure.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, detail) = self;
        (
            status,
            Json(json!({ "status": status.as_u16(), "detail": detail })),
        )
            .into_response()
    }
}
