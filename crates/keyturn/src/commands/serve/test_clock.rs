//! `/test/clock` on the ops listener: reads and moves the virtual clock. Only with `--virtual-clock`, only on loopback.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use keyturn_core::ports::Clock;
use serde::{Deserialize, Serialize};

use crate::adapters::clock::VirtualClock;

/// How far to move the clock: `{"advance": "59m 59s"}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: String,
}

#[derive(Serialize)]
struct Now {
    now: Timestamp,
}

/// `GET` and `POST /test/clock`.
pub(super) fn router(clock: Arc<VirtualClock>) -> Router {
    Router::new()
        .route("/test/clock", get(read).post(advance))
        .with_state(clock)
}

async fn read(State(clock): State<Arc<VirtualClock>>) -> Json<Now> {
    Json(Now { now: clock.now() })
}

async fn advance(
    State(clock): State<Arc<VirtualClock>>,
    Json(Advance { advance }): Json<Advance>,
) -> Result<Json<Now>, (StatusCode, String)> {
    let refused = |why: &str| (StatusCode::BAD_REQUEST, format!("`{advance}` {why}\n"));
    let by = duration(&advance).ok_or_else(|| refused("is not a duration: write 59m 59s, 60m or 7d"))?;
    let now = clock
        .advance(by)
        .ok_or_else(|| refused("leads past the end of time"))?;
    Ok(Json(Now { now }))
}

/// Forward only: no session may see the same moment twice.
pub(super) fn duration(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (!duration.is_negative()).then_some(duration)
}
