//! The body of an answer, as JSON.
//!
//! **The rule**: written at once into room enough for a session with its tokens, so that it is not copied as it grows.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use keyturn_core::service::AuthError;
use serde::Serialize;

use crate::error::Problem;

/// Bytes that most answers fit into.
const ROOM: usize = 2048;

/// What is answered.
pub(crate) struct Answer<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut json = Vec::with_capacity(ROOM);
        match serde_json::to_writer(&mut json, &self.0) {
            Ok(()) => {
                let content_type = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, content_type)], json).into_response()
            }
            Err(error) => Problem::from(AuthError::internal(error)).into_response(),
        }
    }
}
