//! Strict JSON: one media type, a limit, an object, known fields, each once.
//!
//! **The rule**: what is not a JSON object is 400; an object whose fields are unknown, missing, doubled or of another type is 422,
//! as is one whose values are not good enough. Nothing was done then.
//!
//! **The caveat**: unknown and doubled fields are refused by the request types (`deny_unknown_fields`; derived structs take no
//! field twice). Values are not repeated in the answer: one of them may be a password.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::error::{Problem, ProblemCode};

/// The longest body, in bytes.
pub(crate) const BODY_MAX: usize = 64 * 1024;

/// How long this request's body may take, where it has one: put there by the time limit.
#[derive(Clone, Copy)]
pub(crate) struct BodyTimeout(pub(crate) Duration);

/// A body that must be there.
pub(crate) struct StrictJson<T>(pub(crate) T);

/// A body that may be left out, type and all, or be `null`.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for StrictJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        check_type(&parts.headers)?;
        parse(&read(&parts, body).await?).map(Self)
    }
}

impl<T: DeserializeOwned + Default, S: Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts, body).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        check_type(&parts.headers)?;
        if bytes.trim_ascii() == b"null" {
            return Ok(Self(T::default()));
        }
        parse(&bytes).map(Self)
    }
}

/// `application/json`, with any parameters (RFC 8259 §11 knows none).
fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    if has_type(headers, "application/json") {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::UnsupportedMediaType))
}

/// Whether the body is of this type, with any parameters.
pub(super) fn has_type(headers: &HeaderMap, media_type: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (essence, _) = text.split_once(';').unwrap_or((text, ""));
    essence.trim().eq_ignore_ascii_case(media_type)
}

/// The whole body, within its limits.
pub(crate) async fn read(parts: &Parts, body: Body) -> Result<Vec<u8>, Problem> {
    let too_large =
        || Problem::new(ProblemCode::BodyTooLarge).with_detail(format!("The limit is {BODY_MAX} bytes."));
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > BODY_MAX) {
        return Err(too_large());
    }
    let collecting = Limited::new(body, BODY_MAX).collect();
    let collected = match parts.extensions.get::<BodyTimeout>() {
        Some(BodyTimeout(limit)) => tokio::time::timeout(*limit, collecting)
            .await
            .map_err(|_| Problem::new(ProblemCode::BodyTimedOut))?,
        None => collecting.await,
    };
    match collected {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => {
            Err(Problem::new(ProblemCode::InvalidRequest).with_detail("The body did not arrive whole."))
        }
    }
}

/// A body that came whole: an object with the fields of its type.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::new(ProblemCode::MalformedJson));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            Problem::new(ProblemCode::InvalidFields).with_detail(without_value(&error.to_string()))
        } else {
            Problem::new(ProblemCode::MalformedJson).with_detail(error.to_string())
        }
    })
}

/// serde repeats a value of the wrong type, and says last what it expected; everything else that it says is about names and places.
fn without_value(message: &str) -> String {
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if message.starts_with("invalid ") => {
            format!("a value has the wrong type: expected {expected}")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Two {
        #[serde(rename = "name")]
        _name: String,
        #[serde(rename = "age")]
        _age: Option<u32>,
    }

    #[test]
    fn only_an_object_with_known_fields_each_once_is_read() {
        for (text, refused) in [
            (r#"{"name":"a"}"#, None),
            (r#" {"name":"a","age":1} "#, None),
            (r#"{"name":"a","age":null}"#, None),
            ("", Some(ProblemCode::MalformedJson)),
            ("null", Some(ProblemCode::MalformedJson)),
            (r#"["a",1]"#, Some(ProblemCode::MalformedJson)),
            (r#"{"name":"a""#, Some(ProblemCode::MalformedJson)),
            (r#"{"name":"a"} x"#, Some(ProblemCode::MalformedJson)),
            (r#"{"name":"a",}"#, Some(ProblemCode::MalformedJson)),
            ("{\"name\":\"\u{1}\"}", Some(ProblemCode::MalformedJson)),
            (r#"{"name":"\ud800"}"#, Some(ProblemCode::MalformedJson)),
            ("{}", Some(ProblemCode::InvalidFields)),
            (r#"{"name":"a","nick":"b"}"#, Some(ProblemCode::InvalidFields)),
            (r#"{"name":"a","name":"b"}"#, Some(ProblemCode::InvalidFields)),
            (
                r#"{"name":"a","age":1,"age":1}"#,
                Some(ProblemCode::InvalidFields),
            ),
            (
                r#"{"name":"a","n\u0061me":"b"}"#,
                Some(ProblemCode::InvalidFields),
            ),
            (r#"{"name":"a","age":-1}"#, Some(ProblemCode::InvalidFields)),
            (r#"{"name":1}"#, Some(ProblemCode::InvalidFields)),
        ] {
            let code = parse::<Two>(text.as_bytes()).err().map(|problem| problem.code);
            assert_eq!(code, refused, "{text}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_is_not_repeated() {
        for value in ["hunter2, expected by nobody", "nothing, expected hunter2"] {
            let body = format!(r#"{{"name":"a","age":"{value}"}}"#);
            let problem = parse::<Two>(body.as_bytes()).unwrap_err();
            assert!(!problem.detail.unwrap().contains("hunter2"), "{value}");
        }
    }
}
