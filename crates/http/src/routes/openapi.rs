//! `GET /openapi.json`: the description of this API, made from the routes themselves.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::Open;
use crate::edge::Edge;

/// Where the description is.
pub(crate) const DOCUMENT_PATH: &str = "/openapi.json";

/// It never changes while the process runs.
static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string(&crate::openapi()).unwrap_or_default());

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
async fn document() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, DOCUMENT.as_str())
}
