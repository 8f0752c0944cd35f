//! `/api/tasks`: one's tasks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answers::{Body, Common, Limited, Unsafe};
use super::json::StrictJson;
use super::owner::Owner;
use super::paging::{self, StrictQuery};
use super::precondition::etag;
use super::problem::Problem;
use super::shapes::{NewTaskBody, TaskPage, TaskQuery};
use crate::model::{self, Task};
use crate::page::{Filter, Page};
use crate::service::Tasks;

/// The longest text to search for, in characters.
const SEARCH_MAX: usize = 200;

pub(super) fn router() -> OpenApiRouter<Tasks> {
    OpenApiRouter::new().routes(routes!(list, create))
}

/// List tasks
///
/// The newest first.
#[utoipa::path(
    get,
    path = "/api/tasks",
    operation_id = "listTasks",
    tag = "tasks",
    params(TaskQuery),
    responses((status = 200, description = "A page", body = TaskPage), Common),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn list(
    State(tasks): State<Tasks>,
    Owner(owner): Owner,
    StrictQuery(query): StrictQuery<TaskQuery>,
) -> Result<Json<TaskPage>, Problem> {
    let limit = paging::limit(query.limit)?;
    let filter = Filter {
        completed: query.completed,
        folded: query.q.as_deref().map(search).transpose()?,
    };
    let page = Page {
        behind: query.cursor,
        limit: limit + 1,
    };
    let (items, last) = paging::cut(tasks.list(&owner, &filter, page).await?, limit);
    let next = last.map(|task| task.id);
    Ok(Json(TaskPage { items, next }))
}

/// Create a task
#[utoipa::path(
    post,
    path = "/api/tasks",
    operation_id = "createTask",
    tag = "tasks",
    request_body = NewTaskBody,
    responses(
        (status = 201, description = "It exists", body = Task, headers(("etag" = String, description = "Its version"))),
        Common, Unsafe, Body, Limited,
    ),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn create(
    State(tasks): State<Tasks>,
    Owner(owner): Owner,
    StrictJson(body): StrictJson<NewTaskBody>,
) -> Result<impl IntoResponse, Problem> {
    let task = tasks.create(&owner, body.into()).await?;
    Ok((StatusCode::CREATED, etag(&task), Json(task)))
}

/// A text that a task can have, in lower case.
fn search(text: &str) -> Result<String, Problem> {
    let fits = (1..=SEARCH_MAX).contains(&text.chars().count());
    if fits && !text.contains(char::is_control) {
        return Ok(model::fold(text));
    }
    Err(Problem::invalid_request(format!(
        "q has 1 to {SEARCH_MAX} characters and no control characters"
    )))
}
