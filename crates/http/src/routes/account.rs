//! `/auth/account`, `/auth/account/deactivate` and `/auth/password`: a person's own account (R2.6).
//!
//! **The rule**: what a thief of the session could take the account with asks for the current password (ASVS 5.0 V7.5.1); a wrong one is
//! 403 `wrong-password`, since the session is as good as before.
//!
//! **The caveat**: no answer here clears a cookie, not even that of the deletion: sign out does.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use keyturn_core::service::{ChangeProfile, Confirmation};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Body, Common, Conflicting, Counted, Judged, Unsafe};
use super::sessions::with_csrf;
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Caller, Confirming, Cookies, StrictJson};
use crate::shapes::{AccountBody, ChangePasswordBody, ConfirmationBody, ProfileBody};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(show, change, delete))
        .routes(routes!(change_password))
        .routes(routes!(deactivate))
}

/// The account
#[utoipa::path(
    get,
    path = "/auth/account",
    operation_id = "getAccount",
    tag = "account",
    responses((status = 200, description = "The account", body = AccountBody), Common, Judged),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn show(State(edge): State<Edge>, Caller(caller): Caller) -> Result<Json<AccountBody>, Problem> {
    let user = edge.authority.own_account(&caller).await?;
    Ok(Json(AccountBody::new(&user)))
}

/// Change username and name
///
/// A field that is left out stays, null clears one. Changing the username needs the current password.
#[utoipa::path(
    patch,
    path = "/auth/account",
    operation_id = "changeProfile",
    tag = "account",
    request_body = ProfileBody,
    responses(
        (status = 200, description = "The account as it is now", body = AccountBody),
        Common, Judged, Unsafe, Body, Counted, Conflicting,
    ),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn change(
    State(edge): State<Edge>,
    confirming: Confirming,
    StrictJson(body): StrictJson<ProfileBody>,
) -> Result<Json<AccountBody>, Problem> {
    let (caller, device) = confirming.into_parts();
    let change = ChangeProfile {
        username: body.username,
        name: body.name,
        confirmation: body
            .current_password
            .map(|password| Confirmation { password, device }),
    };
    let user = edge
        .carry_through(|authority| async move { authority.change_profile(&caller, change).await })
        .await?;
    Ok(Json(AccountBody::new(&user)))
}

/// Delete the account
///
/// With everything that names the person. All sessions end (`account_deleted`); cookies stay until the next sign-out.
#[utoipa::path(
    delete,
    path = "/auth/account",
    operation_id = "deleteAccount",
    tag = "account",
    request_body = ConfirmationBody,
    responses((status = 204, description = "It is gone"), Common, Judged, Unsafe, Body, Counted),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn delete(
    State(edge): State<Edge>,
    confirming: Confirming,
    cookies: Cookies,
    StrictJson(body): StrictJson<ConfirmationBody>,
) -> Result<Response, Problem> {
    let (caller, confirmation) = confirming.with(body.current_password);
    edge.carry_through(|authority| async move { authority.delete_account(&caller, confirmation).await })
        .await?;
    Ok((with_csrf(&edge, &cookies), StatusCode::NO_CONTENT).into_response())
}

/// Change the password
///
/// This session stays; the account's others end (`password_changed`).
#[utoipa::path(
    post,
    path = "/auth/password",
    operation_id = "changePassword",
    tag = "account",
    request_body = ChangePasswordBody,
    responses((status = 204, description = "It is changed"), Common, Judged, Unsafe, Body, Counted),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn change_password(
    State(edge): State<Edge>,
    confirming: Confirming,
    StrictJson(body): StrictJson<ChangePasswordBody>,
) -> Result<StatusCode, Problem> {
    let (caller, confirmation) = confirming.with(body.current_password);
    let new = body.new_password;
    edge.carry_through(
        |authority| async move { authority.change_password(&caller, confirmation, new).await },
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switch the account off
///
/// All sessions end (`account_state`), and nobody signs in until an administrator activates the account again.
#[utoipa::path(
    post,
    path = "/auth/account/deactivate",
    operation_id = "deactivateAccount",
    tag = "account",
    request_body = ConfirmationBody,
    responses((status = 204, description = "It is inactive"), Common, Judged, Unsafe, Body, Counted, Conflicting),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn deactivate(
    State(edge): State<Edge>,
    confirming: Confirming,
    cookies: Cookies,
    StrictJson(body): StrictJson<ConfirmationBody>,
) -> Result<Response, Problem> {
    let (caller, confirmation) = confirming.with(body.current_password);
    edge.carry_through(|authority| async move { authority.deactivate(&caller, confirmation).await })
        .await?;
    Ok((with_csrf(&edge, &cookies), StatusCode::NO_CONTENT).into_response())
}
