//! Strict JSON: one media type, a limit, an object, known fields, each once.
//!
//! **The rule**: what is not a JSON object is 400; an object whose fields are unknown, missing, doubled or of another type is 422, as is one
//! whose values are not good enough. Nothing was done then.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};

use super::BODY_MAX;
use super::problem::Problem;

/// A body that must be there.
pub(super) struct StrictJson<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for StrictJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type());
        }
        let bytes = Bytes::from_request(request, state).await;
        parse(&bytes.map_err(unread)?).map(Self)
    }
}

/// A field that is there, `null` included where its type knows that; absent, it is `None` by default.
pub(super) fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// `application/json`, with any parameters (RFC 8259 §11 knows none).
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| {
        let media_type = value.split(';').next().unwrap_or_default();
        media_type.trim().eq_ignore_ascii_case("application/json")
    })
}

fn unread(rejection: BytesRejection) -> Problem {
    match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(BODY_MAX),
        _ => Problem::invalid_request("The body did not arrive whole."),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::malformed_json(None));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            Problem::wrong_fields(error.to_string())
        } else {
            Problem::malformed_json(Some(error.to_string()))
        }
    })
}
