//! `Idempotency-Key`: the proof of clients without cookies. Judged only where the token came in the body.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use keyturn_core::credential::AttemptKey;

use crate::error::{Problem, ProblemCode};

/// Names one attempt to refresh.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The header as it came.
pub(crate) struct IdempotencyKey(HeaderMap);

impl IdempotencyKey {
    /// The key, where one came.
    ///
    /// # Errors
    /// Several came, or one that cannot be a proof.
    pub(crate) fn judge(&self) -> Result<Option<AttemptKey>, Problem> {
        let refused = |detail: String| Problem::new(ProblemCode::InvalidIdempotencyKey).with_detail(detail);
        let mut values = self.0.get_all(IDEMPOTENCY_KEY).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(refused("Several keys came; send one.".to_owned()));
        }
        let text = value
            .to_str()
            .map_err(|_| refused("The key is not plain text.".to_owned()))?;
        AttemptKey::new(text)
            .map(Some)
            .map_err(|error| refused(error.to_string()))
    }
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut kept = HeaderMap::new();
        for value in parts.headers.get_all(IDEMPOTENCY_KEY) {
            kept.append(IDEMPOTENCY_KEY, value.clone());
        }
        Ok(Self(kept))
    }
}
