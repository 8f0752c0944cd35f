//! `GET /.well-known/jwks.json`: the public keys with which others verify access tokens (RFC 7517 §5).
//!
//! **The rule**: shown before they are used, and until the last token that they signed has expired. A shared secret is never shown: for
//! HS256 the set is empty.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::Open;
use crate::edge::Edge;
use crate::shapes::JwkSetBody;

/// For how many seconds anybody may keep the set: less than a key is shown before it is used (`jwt.publish_period`).
pub const JWKS_MAX_AGE: u32 = 300;

/// Caches may keep it for [`JWKS_MAX_AGE`] seconds.
const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    ),
    (
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/jwk-set+json"),
    ),
];

/// Where the set is.
pub(crate) const PATH: &str = "/.well-known/jwks.json";

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(jwks))
}

/// The public keys
///
/// For applications that verify access tokens by EdDSA or ES256 themselves. Empty for HS256.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "getJwks",
    tag = "meta",
    responses((status = 200, description = "A set of public keys, `kid` is the thumbprint of RFC 7638", content_type = "application/jwk-set+json", body = JwkSetBody, headers(("cache-control" = String, description = "Keep it for at most five minutes"))), Open)
)]
async fn jwks(State(edge): State<Edge>) -> impl IntoResponse {
    let set = edge.authority.jwk_set();
    (HEADERS, Json(JwkSetBody::from(set)))
}
