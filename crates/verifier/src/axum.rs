//! Extractors for axum 0.8: [`SessionContext`] for anybody, [`Session`] for who must be signed in.
//!
//! **The rule**: they read what [`SessionLayer`](crate::SessionLayer) has put into the request. Without the layer a route answers 500, so that a
//! forgotten layer is noticed and lets nobody in.

use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::context::{Session, SessionContext};
use crate::refusal::Refusal;

impl<S: Send + Sync> FromRequestParts<S> for SessionContext {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or(Refusal::NoContext)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Refusal;

    /// 401 where nobody is signed in.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let context = SessionContext::from_request_parts(parts, state).await?;
        Ok(Self::clone(context.require_session()?))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.to_response()
    }
}
