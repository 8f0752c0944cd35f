//! `GET /openapi.json`: the description of this API as it is configured, made from the routes themselves.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::Open;
use crate::edge::Edge;

/// Where the description is.
pub(crate) const DOCUMENT_PATH: &str = "/openapi.json";

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(document))
}

/// This description
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "getOpenApi",
    tag = "meta",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = serde_json::Value), Open)
)]
async fn document(State(edge): State<Edge>) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    // It never changes while the process runs.
    let document = edge.config.document.get_or_init(|| {
        let application = edge.config.application_description();
        let described = crate::router::described(&edge.config.token_pair, application);
        serde_json::to_string(&described).unwrap_or_default()
    });
    (headers, document.clone())
}
