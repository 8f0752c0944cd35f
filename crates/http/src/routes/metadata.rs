//! `GET /.well-known/oauth-authorization-server` (RFC 8414): where everything is, for OAuth clients that ask.
//!
//! **The rule**: it says what is there and nothing else. `issuer` is the `iss` of tokens.
//!
//! **The caveat**: a client compares `issuer` with the address that it asked (§3.3): let `http.public_url` say it, and leave `jwt.issuer` out.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::Open;
use crate::answer::Answer;
use crate::edge::Edge;
use crate::shapes::MetadataBody;

/// It changes with the configuration alone.
const HEADERS: [(HeaderName, HeaderValue); 1] = [(
    header::CACHE_CONTROL,
    HeaderValue::from_static("public, max-age=300"),
)];

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(metadata))
}

/// What OAuth clients can do here
///
/// The metadata of RFC 8414.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    operation_id = "getMetadata",
    tag = "meta",
    responses((status = 200, description = "The endpoints, and what they take", body = MetadataBody, headers(("cache-control" = String, description = "Keep it for at most five minutes"))), Open)
)]
async fn metadata(State(edge): State<Edge>) -> Response {
    let issuer = &edge.authority.policy().token.issuer;
    let body = Answer(MetadataBody::new(issuer, &edge.config.base_url));
    (HEADERS, body).into_response()
}
