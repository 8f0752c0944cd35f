//! `POST /admin/users/{id}/reset`: have a link mailed to somebody that sets a new password.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Administrator, PathAccountId};
use crate::routes::problems::{Common, Judged, Linked, Named, Permitted};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(send))
}

/// Mail an account's owner a link to set a password
///
/// It works once, for 15 minutes. Sessions stay until it is used.
#[utoipa::path(
    post,
    path = "/admin/users/{id}/reset",
    operation_id = "adminSendReset",
    tag = "administration",
    params(("id" = String, Path, description = "The account's `id` or `account_id`")),
    responses((status = 202, description = "It is on its way"), Common, Judged, Permitted, Named, Linked),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn send(
    State(edge): State<Edge>,
    Administrator { accounts, .. }: Administrator,
    PathAccountId(id): PathAccountId,
) -> Result<StatusCode, Problem> {
    let sent = edge.carry_through(|authority| async move {
        let id = accounts.by_id(&id).await?.account.id;
        accounts.send_reset(authority.mailed(), id).await
    });
    sent.await?;
    Ok(StatusCode::ACCEPTED)
}
