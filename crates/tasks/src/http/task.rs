//! `/api/tasks/{id}`: one task.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answers::{Body, Common, Named, Unsafe, VersionNeeded, Versioned};
use super::json::StrictJson;
use super::owner::Owner;
use super::precondition::{IfMatch, etag};
use super::problem::Problem;
use super::shapes::{IfMatchHeader, OptionalIfMatchHeader, TaskChangeBody, TaskPath};
use crate::model::{DeletedTask, Task, TaskId};
use crate::service::{Expected, Tasks};

pub(super) fn router() -> OpenApiRouter<Tasks> {
    OpenApiRouter::new().routes(routes!(read, change, delete))
}

/// A path that names no task at all is answered as one that names another person's.
pub(super) fn id(text: &str) -> Result<TaskId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// A task
#[utoipa::path(
    get,
    path = "/api/tasks/{id}",
    operation_id = "getTask",
    tag = "tasks",
    params(TaskPath),
    responses(
        (status = 200, description = "The task", body = Task, headers(("etag" = String, description = "Its version"))),
        Common, Named,
    ),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn read(
    State(tasks): State<Tasks>,
    Owner(owner): Owner,
    Path(path): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let task = tasks.read(&owner, id(&path)?).await?;
    Ok((etag(&task), Json(task)))
}

/// Change a task
///
/// `If-Match` says which version is changed, so that nobody overwrites what they have not seen.
#[utoipa::path(
    patch,
    path = "/api/tasks/{id}",
    operation_id = "changeTask",
    tag = "tasks",
    params(TaskPath, IfMatchHeader),
    request_body = TaskChangeBody,
    responses(
        (status = 200, description = "The task as it is now", body = Task, headers(("etag" = String, description = "Its version"))),
        Common, Unsafe, Named, Body, Versioned, VersionNeeded,
    ),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn change(
    State(tasks): State<Tasks>,
    Owner(owner): Owner,
    Path(path): Path<String>,
    IfMatch(expected): IfMatch,
    StrictJson(body): StrictJson<TaskChangeBody>,
) -> Result<impl IntoResponse, Problem> {
    let expected = expected.ok_or_else(Problem::precondition_required)?;
    let task = tasks.change(&owner, id(&path)?, &expected, body.into()).await?;
    Ok((etag(&task), Json(task)))
}

/// Delete a task
///
/// It can be restored until `restorable_until`.
#[utoipa::path(
    delete,
    path = "/api/tasks/{id}",
    operation_id = "deleteTask",
    tag = "tasks",
    params(TaskPath, OptionalIfMatchHeader),
    responses((status = 200, description = "What is kept of it", body = DeletedTask), Common, Unsafe, Named, Versioned),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn delete(
    State(tasks): State<Tasks>,
    Owner(owner): Owner,
    Path(path): Path<String>,
    IfMatch(expected): IfMatch,
) -> Result<Json<DeletedTask>, Problem> {
    let expected = expected.unwrap_or(Expected::Any);
    Ok(Json(tasks.delete(&owner, id(&path)?, &expected).await?))
}
