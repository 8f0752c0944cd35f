//! `DELETE /admin/users/{id}/sessions`: sign somebody out everywhere (`admin`).

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Administrator, PathAccountId};
use crate::routes::problems::{Common, Judged, Named, Permitted};
use crate::shapes::EndedBody;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(end))
}

/// End all sessions of an account
///
/// Your own among them, where the account is yours.
#[utoipa::path(
    delete,
    path = "/admin/users/{id}/sessions",
    operation_id = "adminEndUserSessions",
    tag = "administration",
    params(("id" = String, Path, description = "The account's `id` or `account_id`")),
    responses((status = 200, description = "They are over", body = EndedBody), Common, Judged, Permitted, Named),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn end(
    State(edge): State<Edge>,
    Administrator { accounts, .. }: Administrator,
    PathAccountId(id): PathAccountId,
) -> Result<Json<EndedBody>, Problem> {
    let ended = edge.carry_through(|_| async move {
        let id = accounts.by_id(&id).await?.account.id;
        accounts.end_all_sessions(id).await
    });
    Ok(Json(EndedBody { ended: ended.await? }))
}
