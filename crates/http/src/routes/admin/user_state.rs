//! `POST /admin/users/{id}/state` (R2.6, R1.3): let an account in, or keep it out.

use axum::Json;
use axum::extract::State;
use keyturn_core::model::account::Actor;
use keyturn_core::service::FieldError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Administrator, PathAccountId, StrictJson};
use crate::routes::problems::{Body, Common, Judged, Named, Permitted, Refused};
use crate::shapes::{AdminUserBody, AdminUserStateBody};

/// The longest reason, in characters.
const REASON_MAX: usize = 200;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(set))
}

/// Change an account's state
///
/// Where the new state is not `active`, all sessions of the account end at once (`account_state`).
#[utoipa::path(
    post,
    path = "/admin/users/{id}/state",
    operation_id = "adminSetUserState",
    tag = "administration",
    params(("id" = String, Path, description = "The account's `id` or `account_id`")),
    request_body = AdminUserStateBody,
    responses((status = 200, description = "The account as it is now", body = AdminUserBody), Common, Judged, Permitted, Named, Body, Refused),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn set(
    State(edge): State<Edge>,
    Administrator { accounts, .. }: Administrator,
    PathAccountId(id): PathAccountId,
    StrictJson(body): StrictJson<AdminUserStateBody>,
) -> Result<Json<AdminUserBody>, Problem> {
    check_reason(&body.reason)?;
    let changed = edge.carry_through(|_| async move {
        let id = accounts.by_id(&id).await?.account.id;
        accounts
            .set_state(id, body.state, Actor::Administrator, &body.reason)
            .await
    });
    Ok(Json(changed.await?.into()))
}

fn check_reason(reason: &str) -> Result<(), Problem> {
    let fits = (1..=REASON_MAX).contains(&reason.chars().count()) && !reason.contains(char::is_control);
    if fits {
        return Ok(());
    }
    let error = format!("a reason has 1 to {REASON_MAX} characters, and no control characters");
    Err(Problem::invalid_fields(vec![FieldError::new("reason", error)]))
}
