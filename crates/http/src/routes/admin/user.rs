//! `/admin/users/{id}` (R2.6): look at an account, change what it is called and may do, delete it.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Administrator, PathAccountId, StrictJson};
use crate::routes::problems::{Body, Common, Judged, Named, Permitted, Refused};
use crate::shapes::{AdminUserBody, AdminUserChangesBody, EndedBody};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(one, change, delete))
}

/// One account
#[utoipa::path(
    get,
    path = "/admin/users/{id}",
    operation_id = "adminGetUser",
    tag = "administration",
    params(("id" = String, Path, description = "The account's `id` or `account_id`")),
    responses((status = 200, description = "The account", body = AdminUserBody), Common, Judged, Permitted, Named),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn one(
    Administrator { accounts, .. }: Administrator,
    PathAccountId(id): PathAccountId,
) -> Result<Json<AdminUserBody>, Problem> {
    Ok(Json(accounts.by_id(&id).await?.into()))
}

/// Change an account
///
/// Permissions count from the next request on. The last active account with the permission `admin` keeps it (409 `last-administrator`).
#[utoipa::path(
    patch,
    path = "/admin/users/{id}",
    operation_id = "adminChangeUser",
    tag = "administration",
    params(("id" = String, Path, description = "The account's `id` or `account_id`")),
    request_body = AdminUserChangesBody,
    responses((status = 200, description = "The account as it is now", body = AdminUserBody), Common, Judged, Permitted, Named, Body, Refused),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn change(
    State(edge): State<Edge>,
    Administrator { accounts, .. }: Administrator,
    PathAccountId(id): PathAccountId,
    StrictJson(body): StrictJson<AdminUserChangesBody>,
) -> Result<Json<AdminUserBody>, Problem> {
    let changed = edge.carry_through(|_| async move {
        let user = accounts.by_id(&id).await?;
        accounts.update(user.account.id, body.into()).await
    });
    Ok(Json(changed.await?.into()))
}

/// Delete an account
///
/// With everything that names the person, as if they had done it themselves; its sessions end (`account_deleted`). There is no way back.
/// The last active account with the permission `admin` stays (409 `last-administrator`).
#[utoipa::path(
    delete,
    path = "/admin/users/{id}",
    operation_id = "adminDeleteUser",
    tag = "administration",
    params(("id" = String, Path, description = "The account's `id` or `account_id`")),
    responses((status = 200, description = "It is gone", body = EndedBody), Common, Judged, Permitted, Named, Refused),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn delete(
    State(edge): State<Edge>,
    Administrator { accounts, .. }: Administrator,
    PathAccountId(id): PathAccountId,
) -> Result<Json<EndedBody>, Problem> {
    let deleted = edge.carry_through(|_| async move {
        let id = accounts.by_id(&id).await?.account.id;
        accounts.delete(id).await
    });
    Ok(Json(EndedBody {
        ended: deleted.await?,
    }))
}
