//! `/admin/sessions/{id}`: what happened to a session; end it (`admin`).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Administrator, PathSessionId};
use crate::routes::problems::{Common, Judged, Named, Permitted};
use crate::shapes::SessionStoryBody;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(one, end))
}

/// One session and its story
///
/// What happened to it, in words and in order.
#[utoipa::path(
    get,
    path = "/admin/sessions/{id}",
    operation_id = "adminGetSession",
    tag = "administration",
    params(("id" = uuid::Uuid, Path, description = "The session")),
    responses((status = 200, description = "The session and its story", body = SessionStoryBody), Common, Judged, Permitted, Named),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn one(
    State(edge): State<Edge>,
    Administrator { caller, accounts }: Administrator,
    PathSessionId(id): PathSessionId,
) -> Result<Json<SessionStoryBody>, Problem> {
    let story = accounts.story(id).await?;
    let access = &edge.authority.policy().access;
    Ok(Json(SessionStoryBody::new(&story, &caller, access)))
}

/// End a session
///
/// One that has ended keeps its reason.
#[utoipa::path(
    delete,
    path = "/admin/sessions/{id}",
    operation_id = "adminEndSession",
    tag = "administration",
    params(("id" = uuid::Uuid, Path, description = "The session")),
    responses((status = 204, description = "It is over"), Common, Judged, Permitted, Named),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn end(
    State(edge): State<Edge>,
    Administrator { accounts, .. }: Administrator,
    PathSessionId(id): PathSessionId,
) -> Result<StatusCode, Problem> {
    edge.carry_through(|_| async move { accounts.end_session(id).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
