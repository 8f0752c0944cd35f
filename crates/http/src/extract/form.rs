//! Forms (`application/x-www-form-urlencoded`), as strictly read as JSON is.
//!
//! **The rule**: text that is not UTF-8 is refused and not repaired, since one of the fields is a password; so is a parameter that
//! comes twice (RFC 6749 §3.2). An unknown parameter is passed over, where the type allows it.

use axum::body::Body;
use axum::extract::{Form, FromRequest, Request};
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;

use super::json::{StrictJson, has_type, read};
use crate::error::{Problem, ProblemCode};

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// A form that must be there.
pub(crate) struct StrictForm<T>(pub(crate) T);

/// A body that may come as JSON or as a form, for clients that were written against another server.
pub(crate) struct JsonOrForm<T>(pub(crate) T);

/// The same, and it may be left out, type and all.
pub(crate) struct OptionalJsonOrForm<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonOrForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let headers = request.headers();
        if has_type(headers, MEDIA_TYPE) {
            let form = StrictForm::from_request(request, state).await;
            form.map(|StrictForm(body)| Self(body))
        } else if has_type(headers, "application/json") {
            let json = StrictJson::from_request(request, state).await;
            json.map(|StrictJson(body)| Self(body))
        } else {
            Err(Problem::new(ProblemCode::UnsupportedMediaType)
                .with_detail(format!("The body must be application/json or {MEDIA_TYPE}.")))
        }
    }
}

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJsonOrForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts, body).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        let whole = Request::from_parts(parts, Body::from(bytes));
        let body = JsonOrForm::from_request(whole, state).await;
        body.map(|JsonOrForm(body)| Self(body))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for StrictForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        if !has_type(&parts.headers, MEDIA_TYPE) {
            return Err(Problem::new(ProblemCode::UnsupportedMediaType)
                .with_detail(format!("The body must be {MEDIA_TYPE}.")));
        }
        let bytes = read(&parts, body).await?;
        if percent_decode(&bytes).decode_utf8().is_err() {
            return Err(Problem::new(ProblemCode::InvalidRequest).with_detail("The form is not UTF-8."));
        }
        let whole = Request::from_parts(parts, Body::from(bytes));
        let form = Form::<T>::from_request(whole, state).await;
        form.map(|Form(form)| Self(form))
            .map_err(|refused| Problem::new(ProblemCode::InvalidFields).with_detail(refused.body_text()))
    }
}
