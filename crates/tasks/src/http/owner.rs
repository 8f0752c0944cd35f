//! Whose tasks: the person who is signed in.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use keyturn_verifier::Session;

use super::problem::Problem;
use crate::model::UserId;

/// The person who asks. Nobody acts on tasks of somebody else.
pub(super) struct Owner(pub(super) UserId);

impl<S: Send + Sync> FromRequestParts<S> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let session = Session::from_request_parts(parts, state).await?;
        Ok(Self(UserId(session.user_id)))
    }
}
