//! An account's id in the path: the `id` that the API gives it, percent-encoded. What is no text names nothing: 404.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::error::{Problem, ProblemCode};

/// The id.
pub(crate) struct PathAccountId(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathAccountId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id))
            .map_err(|_| Problem::new(ProblemCode::NotFound))
    }
}
