//! `POST /admin/users/{id}/password`: set somebody's password; all their sessions end (`password_changed`).

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Administrator, PathAccountId, StrictJson};
use crate::routes::problems::{Body, Common, Judged, Named, Permitted};
use crate::shapes::AdminPasswordBody;
use crate::time_limit::HashingTime;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(set))
}

/// Set an account's password
///
/// All sessions of the account end (`password_changed`).
#[utoipa::path(
    post,
    path = "/admin/users/{id}/password",
    operation_id = "adminSetUserPassword",
    tag = "administration",
    params(("id" = String, Path, description = "The account's `id` or `account_id`")),
    request_body = AdminPasswordBody,
    responses((status = 204, description = "It is set"), Common, Judged, Permitted, Named, Body),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn set(
    State(edge): State<Edge>,
    Administrator { accounts, .. }: Administrator,
    PathAccountId(id): PathAccountId,
    hashing: HashingTime,
    StrictJson(body): StrictJson<AdminPasswordBody>,
) -> Result<StatusCode, Problem> {
    hashing.allow();
    let set = edge.carry_through(|_| async move {
        let id = accounts.by_id(&id).await?.account.id;
        accounts.set_password(id, body.password).await
    });
    set.await?;
    Ok(StatusCode::NO_CONTENT)
}
