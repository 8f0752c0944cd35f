//! `GET /problems/{code}`: where the `type` of a problem leads (RFC 9457 §3.1.1): what the code means and what to do about it.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Named, Open};
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};

/// The words change with the version alone.
const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    ),
    (
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    ),
];

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(problem))
}

/// What a problem code means
///
/// For people: what the `type` of a problem leads to.
#[utoipa::path(
    get,
    path = "/problems/{code}",
    operation_id = "getProblem",
    tag = "meta",
    params(("code" = String, Path, description = "`code` of a problem", example = "session-ended")),
    responses((status = 200, description = "What it means and what to do", content_type = "text/plain", body = String), Named, Open)
)]
async fn problem(code: Result<Path<String>, PathRejection>) -> Result<impl IntoResponse, Problem> {
    let known = code
        .ok()
        .and_then(|Path(code)| ProblemCode::ALL.iter().find(|known| known.as_str() == code));
    let known = known.ok_or_else(|| Problem::new(ProblemCode::NotFound))?;
    Ok((HEADERS, told(*known)))
}

fn told(code: ProblemCode) -> String {
    let (name, title, status) = (code.as_str(), code.title(), code.status().as_u16());
    let (meaning, advice) = (code.meaning(), code.advice());
    format!("{name}: {title} (status {status})\n\n{meaning}\n\nWhat to do: {advice}\n")
}
