//! Probes: `/livez` touches nothing; `/readyz`, and `/healthz` for those who ask there, want storage and a process that stays.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::Probe;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::shapes::{HealthBody, ProblemBody};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(livez))
        .routes(routes!(readyz))
        .routes(routes!(healthz))
}

const OK: Json<HealthBody> = Json(HealthBody { status: "ok" });

/// The process runs
#[utoipa::path(
    get,
    path = "/livez",
    operation_id = "livez",
    tag = "health",
    responses((status = 200, description = "It does", body = HealthBody), Probe)
)]
async fn livez() -> Json<HealthBody> {
    OK
}

/// The process can serve
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "readyz",
    tag = "health",
    responses(
        (status = 200, description = "It can", body = HealthBody),
        (status = 503, description = "Storage does not answer, or the process is about to stop", body = ProblemBody, content_type = "application/problem+json"),
        Probe,
    )
)]
async fn readyz(State(edge): State<Edge>) -> Result<Json<HealthBody>, Problem> {
    if edge.config.readiness.is_draining() {
        return Err(Problem::new(ProblemCode::Draining));
    }
    edge.authority.check_store().await?;
    if let Some(application) = &edge.config.application {
        application.check().await?;
    }
    Ok(OK)
}

/// The process can serve
///
/// The same as `/readyz`.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "healthz",
    tag = "health",
    responses(
        (status = 200, description = "It can", body = HealthBody),
        (status = 503, description = "Storage does not answer, or the process is about to stop", body = ProblemBody, content_type = "application/problem+json"),
        Probe,
    )
)]
async fn healthz(state: State<Edge>) -> Result<Json<HealthBody>, Problem> {
    readyz(state).await
}
