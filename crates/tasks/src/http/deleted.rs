//! `/api/tasks/deleted`: deleted tasks, to restore them or to delete them for good.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answers::{Common, Named, Unsafe};
use super::owner::Owner;
use super::paging::{self, StrictQuery};
use super::precondition::etag;
use super::problem::Problem;
use super::shapes::{DeletedTaskPage, DeletedTaskPath, DeletedTaskQuery};
use super::task::id;
use crate::model::Task;
use crate::page::{DeletedCursor, Page};
use crate::service::Tasks;

pub(super) fn router() -> OpenApiRouter<Tasks> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(restore))
        .routes(routes!(remove))
}

/// List deleted tasks
///
/// Those that can still be restored, the last deleted first.
#[utoipa::path(
    get,
    path = "/api/tasks/deleted",
    operation_id = "listDeletedTasks",
    tag = "tasks",
    params(DeletedTaskQuery),
    responses((status = 200, description = "A page", body = DeletedTaskPage), Common),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn list(
    State(tasks): State<Tasks>,
    Owner(owner): Owner,
    StrictQuery(query): StrictQuery<DeletedTaskQuery>,
) -> Result<Json<DeletedTaskPage>, Problem> {
    let limit = paging::limit(query.limit)?;
    let behind = query.cursor.map(|cursor| cursor.parse()).transpose();
    let page = Page {
        behind: behind
            .map_err(|_| Problem::invalid_request("cursor is not `next` of a page of this list"))?,
        limit: limit + 1,
    };
    let (items, last) = paging::cut(tasks.list_deleted(&owner, page).await?, limit);
    let next = last.map(|last| {
        let (deleted_at, original_task_id) = (last.deleted_at, last.original_task_id);
        DeletedCursor {
            deleted_at,
            original_task_id,
        }
        .to_string()
    });
    Ok(Json(DeletedTaskPage { items, next }))
}

/// Restore a task
///
/// It is as it was, its id and version included.
#[utoipa::path(
    post,
    path = "/api/tasks/deleted/{id}/restore",
    operation_id = "restoreTask",
    tag = "tasks",
    params(DeletedTaskPath),
    responses(
        (status = 200, description = "The task", body = Task, headers(("etag" = String, description = "Its version"))),
        Common, Unsafe, Named,
    ),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn restore(
    State(tasks): State<Tasks>,
    Owner(owner): Owner,
    Path(path): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let task = tasks.restore(&owner, id(&path)?).await?;
    Ok((etag(&task), Json(task)))
}

/// Delete a task for good
#[utoipa::path(
    delete,
    path = "/api/tasks/deleted/{id}",
    operation_id = "removeDeletedTask",
    tag = "tasks",
    params(DeletedTaskPath),
    responses((status = 204, description = "It is gone"), Common, Unsafe, Named),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn remove(
    State(tasks): State<Tasks>,
    Owner(owner): Owner,
    Path(path): Path<String>,
) -> Result<StatusCode, Problem> {
    tasks.remove(&owner, id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
