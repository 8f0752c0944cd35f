//! A session's id in the path. What is no id names nothing: 404, as for another account's.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use keyturn_core::model::SessionId;

use crate::error::{Problem, ProblemCode};

/// The id.
pub(crate) struct PathSessionId(pub(crate) SessionId);

impl<S: Send + Sync> FromRequestParts<S> for PathSessionId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<SessionId>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id))
            .map_err(|_| Problem::new(ProblemCode::NotFound))
    }
}
