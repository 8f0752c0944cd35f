//! `POST /auth/password/forgot`, `POST /auth/password/reset` (R2.6): a new password by a mailed link.
//!
//! **The rule**: asking is answered at once and alike, whether or not there is an account: what is mailed is found out afterwards. A link
//! sets one password, ends all sessions of the account, and signs nobody in.

use axum::extract::State;
use axum::http::StatusCode;
use keyturn_core::service::{LinkRequest, LinkUse};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Body, Common, Counted, Unsafe};
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{ClientOf, OriginOf, StrictJson};
use crate::shapes::{LinkUsedBody, LinkWantedBody};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(forgot))
        .routes(routes!(reset))
}

/// Have a link mailed that sets a new password
///
/// It works once, for 15 minutes.
#[utoipa::path(
    post,
    path = "/auth/password/forgot",
    operation_id = "forgotPassword",
    tag = "account",
    request_body = LinkWantedBody,
    responses((status = 202, description = "If there is an account for it, the link is mailed"), Common, Unsafe, Body, Counted),
    security((), ("csrf" = []))
)]
async fn forgot(
    State(edge): State<Edge>,
    ClientOf(client): ClientOf,
    OriginOf(origin): OriginOf,
    StrictJson(body): StrictJson<LinkWantedBody>,
) -> Result<StatusCode, Problem> {
    let request = LinkRequest {
        email: body.email,
        client,
        origin,
    };
    edge.authority.forgot_password(request).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Set a new password by a mailed link
///
/// All sessions of the account end (`password_changed`). Signs nobody in.
#[utoipa::path(
    post,
    path = "/auth/password/reset",
    operation_id = "resetPassword",
    tag = "account",
    request_body = LinkUsedBody,
    responses((status = 204, description = "The password is set"), Common, Unsafe, Body, Counted),
    security((), ("csrf" = []))
)]
async fn reset(
    State(edge): State<Edge>,
    ClientOf(client): ClientOf,
    OriginOf(origin): OriginOf,
    StrictJson(body): StrictJson<LinkUsedBody>,
) -> Result<StatusCode, Problem> {
    let link = LinkUse {
        token: body.token,
        password: body.password,
        client,
        origin,
    };
    let set = edge.carry_through(|authority| async move { authority.reset_password(link).await });
    set.await?;
    Ok(StatusCode::NO_CONTENT)
}
